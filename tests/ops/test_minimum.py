from __future__ import annotations

from tests.ops.binary import BROADCASTS, binary
from tests.ops.harness import check_draws, draws


@draws
def test_equals_tflm(draws: int) -> None:
    kinds = [binary("MINIMUM", dtype, fused=None) for dtype in ("int8", "int16", "int32", "int64", "float32")]
    check_draws(draws, *kinds, covering=[*BROADCASTS, "constant"], rows=["MINIMUM"])
