"""Short ways of rounding are accepted only where they equal TFLM's for every sum."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ops.convolution.dsp import requantization as finishing
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.requantization import Requantization
from mcu_toolkit.runtimes.aot.ops.convolution.sums import Sums


def sums(factors: list[float], *, reach: int = 4000, zero_point: int = -128, minimum: int = -128, maximum: int = 127) -> Sums:
    scaled = numerics.rescaling(factors)
    ends = np.full(len(factors), reach)
    return Sums(-ends, ends, scaled.multipliers.astype(np.int64), scaled.shifts.astype(np.int64), zero_point, minimum, maximum)


def kernel(given: Sums, requantization: Requantization, value: int, channel: int) -> int:
    """What kernels/dsp/matrix.h computes, in Python integers."""
    m, rounding, shift = (int(values[channel]) for values in (requantization.multiplier, requantization.round, requantization.shift))
    if requantization.kind.startswith("one_sided"):
        bits = finishing.FRACTION_BITS if requantization.kind == "one_sided" else finishing.FRACTION_BITS_WIDE
        return max(-128, min(127, (((value << shift) * m >> 32) + rounding) >> bits))
    high = (2 * value * m + (1 << 31)) >> 32
    return max(given.minimum, min(given.maximum, (high + rounding - (value < 0)) >> shift))


def tflm(given: Sums, value: int, channel: int) -> int:
    scaled = numerics.requantize(value, int(given.multiplier[channel]), int(given.shift[channel]))
    return max(given.minimum, min(given.maximum, scaled + given.zero_point))


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (sums([0.011, 0.0073, 0.02, 0.0009]), "one_sided"),
        (sums([0.3, 0.09, 0.01]), "one_sided_wide"),
        (sums([0.011, 0.0073], zero_point=3), "two_sided"),
        (sums([0.011, 0.0073], zero_point=-5, minimum=-5, maximum=90), "clamped"),
        (sums([0.011, 0.0], reach=900), "one_sided"),
    ],
)
def test_every_sum_is_rounded_as_in_tflm(given: Sums, kind: str) -> None:
    requantization = finishing.choose(given)
    assert requantization is not None
    assert requantization.kind == kind
    for channel in range(len(given.lowest)):
        for value in range(int(given.lowest[channel]), int(given.highest[channel]) + 1):
            assert kernel(given, requantization, value, channel) == tflm(given, value, channel), (channel, value)


def test_one_sided_rounding_is_refused_where_negative_ties_show() -> None:
    assert finishing.one_sided(sums([0.0078125], zero_point=0), finishing.FRACTION_BITS, 8) is None


def test_a_sum_that_would_leave_32_bits_is_refused() -> None:
    assert finishing.choose(sums([0.9], reach=1 << 29)) is None


def test_a_channel_with_one_output_gets_constants_however_large_its_sum_is() -> None:
    given = sums([0.01, 2.0**-29])
    given.lowest[1], given.highest[1] = (1 << 30) - 9, (1 << 30) - 3
    requantization = finishing.choose(given)
    assert requantization is not None
    assert requantization.constant.tolist() == [False, True]
    assert kernel(given, requantization, 12345, 1) == tflm(given, (1 << 30) - 5, 1)


def test_channels_with_a_shared_scale_are_never_constant() -> None:
    given = sums([1e-6, 1e-6], zero_point=0)
    requantization = finishing.choose_row(given, per_channel=False)
    assert requantization is not None
    assert not requantization.constant.any()


def test_depthwise_prefers_the_usual_fraction() -> None:
    chosen = finishing.choose_depthwise(sums([0.011, 0.0073, 0.02]))
    assert chosen is not None
    assert chosen[1] == finishing.DEPTHWISE_FRACTION_BITS[0]
    assert all(2 <= shift <= 8 for shift in chosen[0].shift)
