from __future__ import annotations

from tests.ops.binary import binary
from tests.ops.harness import check_draws, draws


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(2 * draws, binary("LOGICAL_AND", "bool", fused=None), covering=["same shape", "a vector", "constant"], rows=["LOGICAL_AND"])
