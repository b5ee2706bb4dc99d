"""EXP, LOG, ELU and GELU."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.ops.elementwise.binary import scales
from tests.ops.elementwise.fractions import fractions
from tests.ops.elementwise.unary import unary
from tests.ops.harness import check_draws, draws, litert_outputs


@draws
def test_exp_int8_equals_litert(draws: int) -> None:
    check_draws(draws, unary("EXP", "int8", golden=litert_outputs), rows=["EXP"])


def input_scale(random: np.random.Generator) -> float:
    """Inputs up to 72: above 88 exp() is infinite, which is refused."""
    return float(np.float32(2.0 ** random.uniform(-15, -9.5)))


def output_scale(random: np.random.Generator, _scale: float) -> float:
    """From far too small, where the table's neighbours are further apart than 16 bits hold, to fitting."""
    return 0.001 * scales(random)


@draws
def test_exp_int16_equals_litert(draws: int) -> None:
    check_draws(draws, unary("EXP", "int16", golden=litert_outputs, symmetric=True, in_scale=input_scale, out_scale=output_scale))


@draws
def test_log_int8_equals_litert(draws: int) -> None:
    check_draws(draws, unary("LOG", "int8", golden=litert_outputs), rows=["LOG"])


@draws
def test_log_int16_equals_litert(draws: int) -> None:
    check_draws(draws, unary("LOG", "int16", golden=litert_outputs, symmetric=True, out_scale=output_scale))


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


@draws
def test_gelu_int8_equals_litert(draws: int) -> None:
    kinds = [unary("GELU", "int8", golden=litert_outputs, options=lambda _random, way=way: {"approximate": way}) for way in (False, True)]
    check_draws(draws, *kinds, rows=["GELU"])


@draws
def test_gelu_int16_equals_litert(draws: int) -> None:
    check_draws(
        draws,
        *(
            unary("GELU", "int16", golden=litert_outputs, symmetric=True, options=lambda _random, way=way: {"approximate": way})
            for way in (False, True)
        ),
    )
