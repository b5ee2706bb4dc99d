from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir.fixed_point import inverse_square_root
from tests.ops.harness import check_draws, compile_kernel, draws
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
    check_draws(draws, *integers, unary("RSQRT", "float32", values=not_negative), rows=["RSQRT"])


def test_the_root_in_the_kernel_is_that_of_the_tables_to_the_last_bit(tmp_path: Path) -> None:
    """Outputs hide most of its bits.  TFLM's own is the model of both."""
    functions = "int32_t root(int32_t value, int32_t *shift);"
    functions += "int32_t root(int32_t value, int32_t *shift) { return aot_inverse_square_root(value, shift); }"
    root = compile_kernel(tmp_path, "inverse_square_root.h", functions).root
    shift = ctypes.c_int32()
    for value in [0, 1, 2, 2**31 - 1, *(np.random.default_rng(5).integers(1, 2**31, 2000) >> 7).tolist()]:
        assert (root(ctypes.c_int32(value), ctypes.byref(shift)), shift.value) == inverse_square_root(value), value
