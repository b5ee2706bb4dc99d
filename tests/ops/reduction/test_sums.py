"""MEAN and SUM."""

from __future__ import annotations

import pytest

from tests.ops.harness import check_draws, draws
from tests.ops.reduction.reducing import FEATURES, reduction


@draws
@pytest.mark.parametrize("operator", ["MEAN", "SUM"])
def test_sums_equal_tflm(operator: str, draws: int) -> None:
    features = [*FEATURES, "lowest zero point", "highest zero point"]
    check_draws(draws, *reduction(operator, "int8", "int16", "float32"), covering=features, rows=[operator])
