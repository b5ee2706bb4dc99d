"""ABS, NEG, SQUARE, CEIL, FLOOR and ROUND."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ops.elementwise.binary import scales
from tests.ops.elementwise.fractions import fractions
from tests.ops.elementwise.unary import unary
from tests.ops.harness import check_draws, draws, litert_outputs


def often_the_same(random: np.random.Generator, scale: float) -> float:
    return scale if random.random() < 0.3 else scales(random)


@draws
def test_abs_equals_tflm(draws: int) -> None:
    check_draws(
        draws, *(unary("ABS", dtype, out_scale=often_the_same, symmetric=True) for dtype in ("int8", "int16", "float32")), rows=["ABS"]
    )


@draws
def test_float_equals_tflm(draws: int) -> None:
    check_draws(draws, unary("NEG", "float32", values=fractions), rows=["NEG"])


@draws
def test_int8_equals_litert(draws: int) -> None:
    check_draws(draws, unary("NEG", "int8", out_scale=lambda _random, scale: scale, out_point=0, in_point=0, golden=litert_outputs))


@draws
@pytest.mark.parametrize("operator", ["CEIL", "FLOOR", "SQUARE", "ROUND"])
def test_float_functions_equal_tflm(operator: str, draws: int) -> None:
    check_draws(draws, unary(operator, "float32", values=fractions), rows=[operator])
