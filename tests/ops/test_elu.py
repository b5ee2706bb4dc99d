from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.ops.fractions import fractions
from tests.ops.harness import check_draws, draws
from tests.ops.unary import unary


def tiny(random: np.random.Generator) -> float:
    """Where exp(x) - 1 has few right bits, and expm1(x) would be another number."""
    return float(np.float32(2.0 ** random.integers(-28, -20)))


@draws
def test_int8_equals_tflm(draws: int) -> None:
    check_draws(draws, unary("ELU", "int8"), unary("ELU", "int8", in_scale=tiny, out_scale=lambda random, scale: scale), rows=["ELU"])


def below_zero(random: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any], point: int) -> npt.NDArray[Any]:
    """Mostly where exp() has a fraction: -30 to 0."""
    if random.random() < 0.2:
        return fractions(random, shape, dtype, point)
    return (-(10.0 ** random.uniform(-9, 1.5, shape))).astype(dtype)


@draws
def test_float_equals_tflm(draws: int) -> None:
    """TFLM calls the C library's expm1f(); ours is fdlibm's method, as in glibc before 2.41."""
    library = os.confstr("CS_GNU_LIBC_VERSION") or "another C library"
    if not library.startswith("glibc 2.") or int(library.split(".")[1]) >= 41:
        pytest.skip(f"{library}: its expm1f() is not fdlibm's")
    check_draws(draws, unary("ELU", "float32", values=below_zero))
