"""MUL, DIV and SQUARED_DIFFERENCE."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tests.ops.elementwise.binary import ACTIVATIONS, BROADCASTS, EXTREMES, binary
from tests.ops.harness import check_draws, draws, random_input


def product_scale(random: np.random.Generator, a: float, b: float) -> float:
    return float(np.float32(a * b * 2.0 ** random.integers(-4, 13) * random.uniform(0.5, 1)))


@draws
def test_mul_equals_tflm(draws: int) -> None:
    quantized = [binary("MUL", dtype, out_scale=product_scale, symmetric=True) for dtype in ("int8", "int16")]
    numbers = [binary("MUL", dtype) for dtype in ("int32", "float32")]
    check_draws(draws, *quantized, *numbers, covering=[*ACTIVATIONS, *BROADCASTS, *EXTREMES, "constant"], rows=["MUL"])


def quotient_scale(random: np.random.Generator, a: float, b: float) -> float:
    return float(np.float32(a / b * 2.0 ** random.integers(-8, 9) * random.uniform(0.5, 1)))


def integers(random: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any], position: int) -> npt.NDArray[Any]:
    """Neither 0 as a divisor, which is an error in TFLM, nor the one overflow, which ends its process."""
    drawn = random_input(random, shape, dtype)
    return drawn if position == 0 else np.where((drawn == 0) | (drawn == -1), 3, drawn).astype(dtype)


@draws
def test_div_equals_tflm(draws: int) -> None:
    """In 8 bits with divisors of zero among the others."""
    kinds = [binary("DIV", "int8", out_scale=quotient_scale), binary("DIV", "int32", samples=integers), binary("DIV", "float32")]
    check_draws(draws, *kinds, covering=[*ACTIVATIONS, *BROADCASTS, *EXTREMES, "constant"], rows=["DIV"])


def square_scale(random: np.random.Generator, a: float, b: float) -> float:
    return float(np.float32(max(a, b) ** 2 * 2.0 ** random.integers(-4, 15) * random.uniform(0.5, 1)))


@draws
def test_squared_difference_equals_tflm(draws: int) -> None:
    quantized = [binary("SQUARED_DIFFERENCE", dtype, fused=None, out_scale=square_scale, symmetric=True) for dtype in ("int8", "int16")]
    numbers = [binary("SQUARED_DIFFERENCE", dtype, fused=None) for dtype in ("int32", "float32")]
    check_draws(draws, *quantized, *numbers, covering=[*BROADCASTS, *EXTREMES, "constant"], rows=["SQUARED_DIFFERENCE"])
