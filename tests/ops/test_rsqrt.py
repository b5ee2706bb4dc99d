from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tests.ops.harness import check_draws, draws
from tests.ops.unary import every_value, unary


def not_negative(random: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any], point: int) -> npt.NDArray[Any]:
    drawn = every_value(random, shape, dtype, point)
    return np.abs(drawn) if dtype.kind == "f" else np.maximum(drawn, dtype.type(point))


def positive_and_tiny(random: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any], _point: int) -> npt.NDArray[Any]:
    """Every exponent, subnormal numbers too."""
    return random.integers(0, 0x7F800000, shape).astype(np.uint32).view(np.float32).astype(dtype)


def root_scale(random: np.random.Generator, scale: float) -> float:
    return float(np.float32(2.0 ** random.integers(-9, 3) * random.uniform(0.5, 1) / np.sqrt(scale)))


@draws
def test_equals_tflm(draws: int) -> None:
    integers = [unary("RSQRT", dtype, values=not_negative, symmetric=True, out_scale=root_scale) for dtype in ("int8", "int16")]
    check_draws(draws, *integers, unary("RSQRT", "float32", values=not_negative))
