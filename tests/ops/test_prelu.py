from __future__ import annotations

from tests.ops.binary import EXTREMES, binary
from tests.ops.harness import check_draws, draws


@draws
def test_equals_tflm(draws: int) -> None:
    kinds = [
        binary("PRELU", "int8", fused=None, second_repeats_only=True),
        binary("PRELU", "int16", second="int8", fused=None, second_repeats_only=True),
        binary("PRELU", "float32", fused=None, second_repeats_only=True),
    ]
    check_draws(draws, *kinds, covering=["same shape", "a vector", "a scalar", "inner ones", *EXTREMES, "constant"], rows=["PRELU"])
