"""Fixed point against exact mathematics: 8-bit outputs hide most of its bits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mcu_toolkit.runtimes.aot.ir import fixed_point

ONE = 2.0**31


@pytest.mark.parametrize("x", [0, 1, 2**30, 2**31 - 1, *np.random.default_rng(1).integers(0, 2**31, 50).tolist()])
def test_the_reciprocal_has_28_right_bits(x: int) -> None:
    assert fixed_point.one_over_one_plus(x) / ONE == pytest.approx(1 / (1 + x / ONE), abs=2.0**-28)


@pytest.mark.parametrize("x", [-8.0, -1.0, -0.1, -1e-3, 0.0, 1e-3, 0.1, 1.0, 7.9])
def test_logistic_and_tanh_have_21_right_bits(x: float) -> None:
    value = round(x * 2.0**27)
    assert fixed_point.logistic(value, 4) / ONE == pytest.approx(1 / (1 + math.exp(-x)), abs=2.0**-21)
    assert fixed_point.tanh(value, 4) / ONE == pytest.approx(math.tanh(x), abs=2.0**-21)


@pytest.mark.parametrize("value", [2, 3, 4, 5, 100, 255, 65535, 2**29, 2**31 - 1])
def test_the_inverse_square_root_has_19_right_bits(value: int) -> None:
    multiplier, shift = fixed_point.inverse_square_root(value)
    assert multiplier / ONE * 2.0**shift == pytest.approx(value**-0.5, rel=2.0**-19)


def test_shifts_by_more_than_31_are_those_of_x86() -> None:
    """The shift count is taken modulo 32, and zero becomes one: what TFLM's DIV does with a dividend of zero."""
    assert [fixed_point.shift_right(value, 32) for value in (0, 5, -5)] == [1, 6, -5]
    assert fixed_point.shift_right(0, 31) == 0


def test_left_shifts_wrap() -> None:
    assert fixed_point.requantize(3, 1 << 30, 31) == fixed_point.requantize(-(2**31) // 2**31, 1 << 30, 31)
    assert fixed_point.wrap(2**31) == -(2**31)
