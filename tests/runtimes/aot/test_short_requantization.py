"""The short ways of kernels/im2col.h are taken only where they equal TFLM's rounding for every sum."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ops.convolution.short_requantization import FRACTION_BITS, HighPart, plan_requantization
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted
from tests.ops.harness import compile_kernel

DEPTH = 9


def layer(
    factors: list[float], *, zero_point: int = -128, minimum: int = -128, maximum: int = 127, bias: int = 0, weight: int = 2
) -> Weighted:
    """A layer with an input zero point of 0 whose sums are bias + weight * (sum of DEPTH inputs)."""
    weights = np.full((len(factors), DEPTH), weight, np.int8)
    biases = np.full(len(factors), bias, np.int64)
    rescaling = numerics.rescaling(factors)
    return Weighted(weights, biases.astype(np.int32), biases.astype(np.int32), rescaling, False, 0, zero_point, minimum, maximum)


def kernel(given: Weighted, plan: HighPart, inputs: int, channel: int) -> int:
    """What kernels/im2col.h makes of DEPTH inputs with the sum `inputs`, in Python integers."""
    start, multiplier = (int(value) for value in plan.channels[channel])
    shift = int(plan.shifts[channel])
    value = start + int(plan.weights[channel, 0]) * (inputs + 128 * DEPTH)
    assert -(2**31) <= value << max(shift, 0) < 2**31
    if plan.kind == EXACT:
        result = numerics.requantize(value, multiplier, shift) + given.output_zero_point
    else:
        rounding = (given.output_zero_point << FRACTION_BITS) + (1 << (FRACTION_BITS - 1)) + ((1 << shift) >> 2)
        unit = 1 << (shift - 1) if "AOT_IM2COL_SIGNED" in plan.kind and value < 0 else 0
        result = (((value << shift) * multiplier >> 32) + rounding - unit) >> FRACTION_BITS
    return max(given.minimum, min(given.maximum, result))


def tflm(given: Weighted, inputs: int, channel: int) -> int:
    value = int(given.bias[channel]) + int(given.weights[channel, 0]) * inputs
    factors = given.rescaling
    scaled = numerics.requantize(value, int(factors.multipliers[channel]), int(factors.shifts[channel])) + given.output_zero_point
    return max(given.minimum, min(given.maximum, scaled))


SHORT, SIGNED, WHOLE = ("AOT_IM2COL_SHORT",), ("AOT_IM2COL_SHORT", "AOT_IM2COL_SIGNED"), ("AOT_IM2COL_WHOLE_RANGE",)
EXACT = ("AOT_IM2COL_EXACT",)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (layer([0.11, 0.073, 0.2, 0.009]), SHORT + WHOLE),
        (layer([0.0313, 0.0625], zero_point=3), SIGNED + WHOLE),
        (layer([0.0625], zero_point=-5, minimum=-5, maximum=90), SIGNED),
        (layer([0.11], minimum=-128, maximum=20), SHORT),
        (layer([0.11, 0.0]), SHORT + WHOLE),
        (layer([1.7, 3.0]), EXACT),
        (layer([2.0**-16], zero_point=7, bias=1 << 15), EXACT),
    ],
)
def test_every_sum_is_rounded_as_in_tflm(given: Weighted, kind: tuple[str, ...]) -> None:
    plan = plan_requantization(given)
    assert plan.kind == kind
    for channel in range(given.channels):
        for inputs in range(-128 * DEPTH, 127 * DEPTH + 1):
            assert kernel(given, plan, inputs, channel) == tflm(given, inputs, channel), (channel, inputs)


def test_a_channel_with_one_output_has_no_weights_however_large_its_sum_is() -> None:
    given = layer([2.0**-29], zero_point=5, bias=(1 << 30) + 77)
    plan = plan_requantization(given)
    assert plan.kind[:1] == SHORT
    assert not plan.weights.any()
    assert kernel(given, plan, 0, 0) == tflm(given, 0, 0) == 7


def test_a_sum_that_would_leave_32_bits_takes_both_roundings() -> None:
    assert plan_requantization(layer([0.9], bias=1 << 15, weight=127, minimum=-100)).kind == EXACT


@pytest.mark.parametrize("flags", [(), ("-D__ARM_ARCH_6M__=1",)], ids=["64 bits", "halves"])
def test_the_high_part_of_a_product_is_rounded_down_with_and_without_long_products(flags: tuple[str, ...], tmp_path: Path) -> None:
    functions = "int32_t high(int32_t a, int32_t b);\nint32_t high(int32_t a, int32_t b) { return aot_high_mul(a, b); }"
    library = compile_kernel(tmp_path, "im2col.h", functions, flags=flags)
    ends = [-(2**31), -(2**31) + 1, -65537, -65536, -65535, -1, 0, 1, 32767, 32768, 65535, 65536, 2**31 - 1]
    random = np.random.default_rng(0)
    pairs = [(a, b) for a in ends for b in ends] + random.integers(-(2**31), 2**31, (20_000, 2)).tolist()
    for a, b in pairs:
        assert library.high(a, b) == a * b >> 32, (a, b)
