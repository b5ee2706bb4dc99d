"""REDUCE_MAX, REDUCE_MIN, REDUCE_ALL and REDUCE_ANY.

REDUCE_ANY: TFLM does not have it: LiteRT's reference kernels are the golden.
"""

from __future__ import annotations

import pytest

from tests.ops.harness import by_litert, check_draws, draws
from tests.ops.reduction.reducing import FEATURES, reduction


@draws
@pytest.mark.parametrize("operator", ["REDUCE_MAX", "REDUCE_MIN"])
def test_extremes_equal_tflm(operator: str, draws: int) -> None:
    check_draws(draws, *reduction(operator, "int8", "float32", one_scale=True), covering=FEATURES, rows=[operator])


@draws
@pytest.mark.parametrize("operator", ["REDUCE_MAX", "REDUCE_MIN"])
def test_int16_extremes_which_tflm_does_not_have_equal_litert(operator: str, draws: int) -> None:
    check_draws(draws, *by_litert(reduction(operator, "int16", one_scale=True, symmetric=True)))


@draws
def test_reduce_all_equals_tflm(draws: int) -> None:
    check_draws(draws, *reduction("REDUCE_ALL", "bool"), covering=[*FEATURES[:4]], rows=["REDUCE_ALL"])


@draws
def test_equals_litert(draws: int) -> None:
    check_draws(draws, *by_litert(reduction("REDUCE_ANY", "bool")), covering=[*FEATURES[:4]], rows=["REDUCE_ANY"])
