from __future__ import annotations

from tests.ops.harness import check_draws, draws
from tests.ops.pooling import FEATURES, POINTS, pooling


@draws
def test_equals_tflm(draws: int) -> None:
    kinds = [pooling("MAX_POOL_2D", dtype) for dtype in ("int8", "int16", "float32")]
    check_draws(draws, *kinds, covering=[*FEATURES, *POINTS], rows=["MAX_POOL_2D"])
