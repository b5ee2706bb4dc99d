"""ADD as one linear function: only where all 65,536 sums agree."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ops.elementwise.linear_add import Factors, Scaled, find_factors, linear_add, tflm_add


def sides(first: float, second: float, output: float, zero_points: tuple[int, int, int]) -> tuple[Scaled, Scaled, Scaled]:
    twice = 2 * max(first, second)
    factors = [numerics.quantize_multiplier(value) for value in (first / twice, second / twice, twice / ((1 << 20) * output))]
    one, two, three = (Scaled(zero_point, *factor) for zero_point, factor in zip(zero_points, factors, strict=True))
    return one, two, three


@pytest.mark.parametrize("zero_points", [(-128, -128, -128), (127, -128, 0), (-17, 4, -128), (38, -2, 11)])
@pytest.mark.parametrize("scales", [(0.05, 0.03, 0.06), (0.02, 0.02, 0.04), (0.001, 0.9, 0.9)])
def test_the_kernel_equals_tflm_for_all_inputs(scales: tuple[float, float, float], zero_points: tuple[int, int, int]) -> None:
    one, two, output = sides(*scales, zero_points)
    factors = find_factors(one, two, output, -128, 127)
    assert factors is not None
    assert np.array_equal(linear_add(factors, -128, 127), tflm_add(one, two, output, -128, 127))


def test_tflm_add_is_the_scalar_arithmetic_of_numerics() -> None:
    one, two, output = sides(0.05, 0.03, 0.06, (3, -7, 11))
    table = tflm_add(one, two, output, -128, 127)
    for a, b in ((-128, 127), (0, 0), (55, -90), (127, 127)):
        scaled = [numerics.requantize((x - side.zero_point) << 20, side.multiplier, side.shift) for x, side in ((a, one), (b, two))]
        expected = numerics.requantize(sum(scaled), output.multiplier, output.shift) + output.zero_point
        assert table[a + 128, b + 128] == max(-128, min(127, expected))


def test_factors_that_leave_32_bits_are_refused() -> None:
    one, two, output = sides(1.0, 1.0, 0.01, (0, 0, 0))
    assert find_factors(one, two, output, -128, 127) is None


def test_a_wrong_start_is_noticed() -> None:
    one, two, output = sides(0.05, 0.03, 0.06, (3, -7, 11))
    factors = find_factors(one, two, output, -128, 127)
    assert factors is not None
    other = Factors(factors.start + (1 << 19), factors.factor1, factors.factor2)
    assert not np.array_equal(linear_add(other, -128, 127), tflm_add(one, two, output, -128, 127))
