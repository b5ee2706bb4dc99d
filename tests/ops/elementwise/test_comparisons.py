"""Comparisons, extremes of two tensors, and logic."""

from __future__ import annotations

import pytest

from tests.ops.elementwise.binary import BROADCASTS, binary
from tests.ops.elementwise.comparing import comparisons
from tests.ops.elementwise.unary import unary
from tests.ops.harness import check_draws, draws


@draws
@pytest.mark.parametrize("operator", ["EQUAL", "NOT_EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL"])
def test_comparisons_equal_tflm(operator: str, draws: int) -> None:
    kinds = comparisons(operator, of_bool=operator in ("EQUAL", "NOT_EQUAL"))
    check_draws(draws, *kinds, covering=[*BROADCASTS, "constant", "lowest zero point", "highest zero point"], rows=[operator])


@draws
@pytest.mark.parametrize("operator", ["MAXIMUM", "MINIMUM"])
def test_extremes_equal_tflm(operator: str, draws: int) -> None:
    kinds = [binary(operator, dtype, fused=None) for dtype in ("int8", "int16", "int32", "int64", "float32")]
    check_draws(draws, *kinds, covering=[*BROADCASTS, "constant"], rows=[operator])


@draws
@pytest.mark.parametrize("operator", ["LOGICAL_AND", "LOGICAL_OR"])
def test_logic_equals_tflm(operator: str, draws: int) -> None:
    check_draws(2 * draws, binary(operator, "bool", fused=None), covering=["same shape", "a vector", "constant"], rows=[operator])


@draws
def test_logical_not_equals_tflm(draws: int) -> None:
    check_draws(draws, unary("LOGICAL_NOT", "bool"), rows=["LOGICAL_NOT"])
