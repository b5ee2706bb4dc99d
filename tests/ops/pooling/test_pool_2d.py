"""AVERAGE_POOL_2D and MAX_POOL_2D."""

from __future__ import annotations

import pytest

from tests.ops.harness import check_draws, draws
from tests.ops.pooling.pools import FEATURES, POINTS, pooling


@draws
@pytest.mark.parametrize("operator", ["AVERAGE_POOL_2D", "MAX_POOL_2D"])
def test_pools_equal_tflm(operator: str, draws: int) -> None:
    kinds = [pooling(operator, dtype) for dtype in ("int8", "int16", "float32")]
    check_draws(draws, *kinds, covering=[*FEATURES, *POINTS], rows=[operator])
