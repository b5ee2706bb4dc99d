"""From sums to outputs on cores with the DSP extension: constants for a few instructions, proven equal to TFLM's rounding.

kernels/dsp/matrix.h derives the formulas.  Here every channel's constants are checked against TFLM's double rounding at each step
of its output (at most 255, see sums.py).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ops.convolution.sums import CACHED_LAYERS, LIMIT, Int64, Sums, constant_channels, is_exact

Kind = Literal["one_sided", "one_sided_wide", "two_sided", "clamped"]

FRACTION_BITS = 12
"""AOT_DSP_FRACTION_BITS of kernels/dsp/matrix.h: outputs of SMMLA have so many fractional bits."""
FRACTION_BITS_WIDE = 14
"""AOT_DSP_FRACTION_BITS_WIDE: for factors above 2^-5, at the cost of one more instruction for every second channel."""


@dataclass(frozen=True, eq=False)
class Requantization:
    """Constants of a layer's kernel; arrays are int64 [channels]."""

    kind: Kind
    multiplier: Int64
    round: Int64
    shift: Int64
    """t (one-sided) or e (two-sided)."""
    constant: npt.NDArray[np.bool_]
    """Channels whose output does not depend on the input (nor on the start of the sum)."""

    def of(self, channels: Int64) -> Requantization:
        """The constants of some channels, in this order."""
        return Requantization(self.kind, self.multiplier[channels], self.round[channels], self.shift[channels], self.constant[channels])

    def starts(self, effective_bias: npt.NDArray[np.integer[Any]]) -> Int64:
        """int64 [channels]: `effective_bias`, and 0 for constant channels, whose sum is multiplied by zero and may start anywhere."""
        starts: Int64 = np.where(self.constant, 0, effective_bias.astype(np.int64))
        return starts


def one_sided(sums: Sums, fraction_bits: int, largest_shift: int) -> Requantization | None:
    """(SMMLA(sum << t, m, round) >> fraction_bits), saturated to int8; t = 2..`largest_shift`.  None where it is not exact."""
    constant = constant_channels(sums)
    nominal = 1 + fraction_bits + sums.shift
    if np.any((nominal > largest_shift) & ~constant):
        return None
    shift = np.where(constant, 2, np.maximum(nominal, 2))
    # Factors below 2^-fraction_bits: bits of the multiplier go; so few steps are left that they rarely matter.
    dropped = np.clip(shift - nominal, 0, 31)
    multiplier = np.where(constant, 0, (sums.multiplier + ((1 << dropped) >> 1)) >> dropped)
    first = np.where(dropped > 0, 0, (1 << shift) >> 2)
    half = 1 << (fraction_bits - 1)
    level = np.where(constant, sums.outputs(sums.lowest[:, None])[:, 0], sums.zero_point) << fraction_bits
    requantization = Requantization("one_sided", multiplier, np.where(constant, level, level + half + first), shift, constant)

    def function(value: Int64) -> Int64:
        shifted = value << requantization.shift[:, None]
        result = ((shifted * requantization.multiplier[:, None]) >> 32) + requantization.round[:, None]
        outputs: Int64 = np.clip(result >> fraction_bits, -128, 127)
        return outputs

    fits = (np.maximum(-sums.lowest, sums.highest) << shift < LIMIT) | constant
    return requantization if np.all(fits) and is_exact(sums, function, constant) else None


def two_sided(sums: Sums) -> Requantization | None:
    """(SMMLAR(2 * sum, m, round + (sum < 0 ? -1 : 0)) >> e), clamped; e = 1..31.  None where it is not exact."""
    constant = constant_channels(sums)
    if np.any((sums.shift >= 0) & ~constant):
        return None
    exponent = np.where(constant, 1, -sums.shift)
    half = 1 << (exponent - 1)
    level = np.where(constant, sums.outputs(sums.lowest[:, None])[:, 0], sums.zero_point) << exponent
    requantization = Requantization("two_sided", np.where(constant, 0, sums.multiplier), level + half, exponent, constant)

    def function(value: Int64) -> Int64:
        high = (2 * value * requantization.multiplier[:, None] + (1 << 31)) >> 32
        rounded = (high + requantization.round[:, None] - (value < 0)) >> requantization.shift[:, None]
        outputs: Int64 = np.clip(rounded, sums.minimum, sums.maximum)
        return outputs

    largest = np.maximum(-sums.lowest, sums.highest)
    fits = (2 * largest < LIMIT) & (((2 * largest * requantization.multiplier) >> 32) + np.abs(requantization.round) + 1 < LIMIT)
    return requantization if np.all(fits | constant) and is_exact(sums, function, constant) else None


@functools.lru_cache(maxsize=CACHED_LAYERS)
def choose(sums: Sums) -> Requantization | None:
    """The cheapest exact way of kernels/dsp/matrix.h for a convolution; None where there is none."""
    if sums.minimum == -128 and sums.maximum == 127:
        narrow = one_sided(sums, FRACTION_BITS, largest_shift=8)
        if narrow is not None:
            return narrow
        wide = one_sided(sums, FRACTION_BITS_WIDE, largest_shift=20)
        if wide is not None:
            return replace(wide, kind="one_sided_wide")
    both = two_sided(sums)
    if both is None or (sums.minimum, sums.maximum) == (-128, 127):
        return both
    return replace(both, kind="clamped")


@functools.lru_cache(maxsize=CACHED_LAYERS)
def choose_row(sums: Sums, *, per_channel: bool) -> Requantization | None:
    """The cheapest exact way of kernels/dsp/fully_connected.h; None where there is none.

    With a single scale (`per_channel` false) all channels share their constants, so none may be treated as constant.
    """
    shared = sums if per_channel else replace(sums, constants_matter=False)
    if sums.minimum == -128 and sums.maximum == 127:
        wide = one_sided(shared, FRACTION_BITS_WIDE, largest_shift=20)
        if wide is not None:
            return wide
    both = two_sided(shared)
    if both is None or (sums.minimum, sums.maximum) == (-128, 127):
        return both
    return replace(both, kind="clamped")


DEPTHWISE_FRACTION_BITS = (10, 9, 8, 11, 12, 7, 6, 5, 4, 13, 14)
"""E for kernels/dsp/depthwise_plane.h, the usual one first so that layers share a function; t = 1 + E - e must be 2..8."""


@functools.lru_cache(maxsize=CACHED_LAYERS)
def choose_depthwise(sums: Sums) -> tuple[Requantization, int] | None:
    """The cheapest exact way of kernels/dsp/depthwise_plane.h and its E (0 where there is none); None where there is no way."""
    if sums.minimum == -128 and sums.maximum == 127:
        for bits in DEPTHWISE_FRACTION_BITS:
            requantization = one_sided(sums, bits, largest_shift=8)
            if requantization is not None:
                return requantization, bits
    both = two_sided(sums)
    if both is None or (sums.minimum, sums.maximum) == (-128, 127):
        return None if both is None else (both, 0)
    return replace(both, kind="clamped"), 0
