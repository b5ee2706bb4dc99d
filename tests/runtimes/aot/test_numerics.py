from __future__ import annotations

from fractions import Fraction

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from mcu_toolkit.runtimes.aot.ir import numerics

settings = hypothesis.settings(max_examples=300, derandomize=True, deadline=None, database=None)
int32 = st.integers(-(2**31), 2**31 - 1)


@pytest.mark.parametrize(
    ("value", "expected"), [(0.5, 1), (-0.5, -1), (1.5, 2), (2.5, 3), (-2.5, -3), (0.49999999999999994, 0), (-7.2, -7), (0.0, 0)]
)
def test_halves_round_away_from_zero(value: float, expected: int) -> None:
    assert numerics.round_half_away(value) == expected


@settings
@hypothesis.given(st.floats(2.0**-31, 2.0**30))
def test_a_multiplier_is_its_fixed_point_value(real: float) -> None:
    multiplier, shift = numerics.quantize_multiplier(real)
    assert 2**30 <= multiplier < 2**31
    assert abs(Fraction(multiplier, 2**31) * Fraction(2) ** shift - Fraction(real)) <= Fraction(real) / 2**31


def test_multipliers_at_the_edges() -> None:
    assert numerics.quantize_multiplier(0.0) == (0, 0)
    assert numerics.quantize_multiplier(1.0) == (2**30, 1)
    assert numerics.quantize_multiplier(0.5) == (2**30, 0)
    assert numerics.quantize_multiplier(1 - 2.0**-40) == (2**30, 1)
    assert numerics.quantize_multiplier(2.0**-40) == (0, 0)


@settings
@hypothesis.given(int32, st.integers(2**30, 2**31 - 1), st.integers(-31, 0))
def test_requantize_rounds_twice(value: int, multiplier: int, shift: int) -> None:
    first = (Fraction(value * multiplier, 2**31) + Fraction(1, 2)).__floor__()
    second = Fraction(first, 2**-shift)
    half_away = int(second + Fraction(1, 2)) if second >= 0 else -int(-second + Fraction(1, 2))
    assert numerics.requantize(value, multiplier, shift) == half_away


@settings
@hypothesis.given(st.integers(-(2**30) + 1, 2**30 - 1), st.integers(2**30, 2**31 - 1), st.integers(1, 31))
def test_the_short_rounding_of_the_kernels_is_the_long_one(value: int, multiplier: int, right: int) -> None:
    """aot_requantize_right in kernels/aot.h, within the limits that `is_fast` checks."""
    high = numerics.doubling_high_mul(value, multiplier)
    total = high + (1 << (right - 1))
    assert -(2**31) <= total < 2**31
    assert (total + (high >> 31)) >> right == numerics.requantize(value, multiplier, -right)


@pytest.mark.parametrize(
    ("activation", "expected"), [("NONE", (-128, 127)), ("RELU", (-10, 127)), ("RELU6", (-10, 50)), ("RELU_N1_TO_1", (-20, 0))]
)
def test_activation_ranges(activation: str, expected: tuple[int, int]) -> None:
    assert numerics.activation_range(activation, 0.1, -10) == expected


def test_folding_the_zero_point_keeps_every_sum() -> None:
    random = np.random.default_rng(0)
    weights = random.integers(-128, 128, (5, 3, 3)).astype(np.int8)
    bias, inputs = random.integers(-1000, 1000, 5), random.integers(-128, 128, (3, 3))
    effective_bias = numerics.fold_zero_point(weights, bias, 83)
    products = weights.reshape(5, -1).astype(np.int64)
    assert (effective_bias + products @ inputs.ravel() == bias + products @ (inputs.ravel() - 83)).all()


def test_folding_wraps_at_32_bits() -> None:
    effective_bias = numerics.fold_zero_point(np.array([[127, 127]], np.int8), np.array([2**31 - 1]), -128)
    assert effective_bias.tolist() == [2**31 - 1 + 128 * 254 - 2**32]


def test_the_largest_sum_bounds_every_sum() -> None:
    random = np.random.default_rng(1)
    weights, bias = random.integers(-128, 128, (4, 20)).astype(np.int8), random.integers(-1000, 1000, 4)
    for zero_point in (-128, 0, 5, 127):
        bound = numerics.largest_sum(weights, bias, zero_point)
        for inputs in (np.full(20, -128), np.full(20, 127), np.where(weights[0] > 0, 127, -128), np.where(weights[0] > 0, -128, 127)):
            assert np.abs(weights.astype(np.int64) @ (inputs - zero_point) + bias).max() <= bound


def test_a_dead_channel_does_not_slow_a_layer_down() -> None:
    rescaling = numerics.rescaling([0.0, 0.001])
    assert rescaling.is_fast(1000)
    assert not rescaling.is_fast(1 << 30)
    assert not numerics.rescaling([0.001, 1.5]).is_fast(1000)


def test_the_exp_table_is_exp() -> None:
    table = numerics.softmax_exp_table(0.05, 1.0)
    assert len(table) == 256
    # As good as gemmlowp's series is; that it is gemmlowp's to the last bit is tested against TFLM in tests/ops.
    assert np.abs(table / 2**31 - np.exp(-0.05 * np.arange(256))).max() < 2**-22


def test_a_tiny_softmax_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="below"):
        numerics.softmax_exp_table(1e-9, 1.0)


def test_factors_of_many_channels_are_those_of_each() -> None:
    random = np.random.default_rng(31)
    halves = (random.integers(2**30, 2**31, 500) + 0.5) / 2**31
    factors = [*np.exp(random.uniform(-40, 40, 2000)), *halves, 0.0, 1.0, 1 - 2**-53, 2.0**-32, 2.0**-33, 1e300, 5e-324]
    each = [(multiplier, shift) if multiplier else (0, -1) for multiplier, shift in map(numerics.quantize_multiplier, factors)]
    found = numerics.rescaling(factors)
    assert found.multipliers.tolist() == [multiplier for multiplier, _ in each]
    assert found.shifts.tolist() == [min(shift, 127) for _, shift in each]
    assert found.max_shift == max(shift for _, shift in each)
