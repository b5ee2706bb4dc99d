"""From sums to outputs on cores with the DSP extension: constants for a few instructions, proven equal to TFLM's rounding.

kernels/dsp/matrix.h derives the formulas.  Here every channel's constants are checked against TFLM's double rounding at each step
of its output (at most 255): both are staircases that never fall, so equal steps mean equal outputs for every sum.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted

Int64 = npt.NDArray[np.int64]
Kind = Literal["one_sided", "one_sided_wide", "two_sided", "clamped"]

FRACTION_BITS = 12
"""AOT_DSP_FRACTION_BITS of kernels/dsp/matrix.h: outputs of SMMLA have so many fractional bits."""
FRACTION_BITS_WIDE = 14
"""AOT_DSP_FRACTION_BITS_WIDE: for factors above 2^-5, at the cost of one more instruction for every second channel."""
_LIMIT = 1 << 31
CACHED_LAYERS = 1024
"""A layer is lowered many times while cascades are looked for: by other rows, with the addition behind it, by other kernels."""


@dataclass(frozen=True, eq=False)
class Sums:
    """What is known of a layer's sums and of TFLM's way from them to outputs; arrays are int64 [channels].  Equal where all of that is."""

    lowest: Int64
    highest: Int64
    multiplier: Int64
    shift: Int64
    """TFLM's: positive to the left."""
    zero_point: int
    minimum: int
    maximum: int
    constants_matter: bool = True
    """Channels with the same output for every input get constants of their own."""

    def outputs(self, sums: Int64) -> Int64:
        """TFLM's outputs for `sums`, int64 [channels, n]; sums must not leave 32 bits when shifted to the left."""
        left, right = np.maximum(self.shift, 0)[:, None], np.maximum(-self.shift, 0)[:, None]
        high = ((sums << left) * self.multiplier[:, None] + (1 << 30)) >> 31
        mask = (np.int64(1) << right) - 1
        scaled = (high >> right) + ((high & mask) > (mask >> 1) + (high < 0))
        outputs: Int64 = np.clip(scaled + self.zero_point, self.minimum, self.maximum)
        return outputs

    @functools.cached_property
    def steps(self) -> Int64:
        """int64 [channels, levels]: the smallest sum with each output above the minimum, or one above the highest sum."""
        level = np.arange(self.minimum + 1, self.maximum + 1)
        shape = (len(self.lowest), len(level))
        # Bisection: below `low` outputs are smaller, from `high` on they are not.
        low, high = np.broadcast_to(self.lowest[:, None], shape), np.broadcast_to(self.highest[:, None] + 1, shape)
        while np.any(low < high):
            middle = (low + high) >> 1
            reached = self.outputs(middle) >= level
            low, high = np.where(reached, low, np.minimum(middle + 1, high)), np.where(reached, middle, high)
        return low

    @functools.cached_property
    def _content(self) -> tuple[object, ...]:
        arrays = (self.lowest, self.highest, self.multiplier, self.shift)
        return *(array.tobytes() for array in arrays), self.zero_point, self.minimum, self.maximum, self.constants_matter

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sums) and self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)


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


def sums_of(layer: Weighted) -> Sums:
    """The sums of effective_bias + weights * inputs over all int8 inputs."""
    flat = layer.weights.reshape(layer.channels, -1).astype(np.int64)
    above, below = np.maximum(flat, 0).sum(axis=1), np.minimum(flat, 0).sum(axis=1)
    bias = layer.effective_bias.astype(np.int64)
    return Sums(
        lowest=bias - 128 * above + 127 * below,
        highest=bias + 127 * above - 128 * below,
        multiplier=np.broadcast_to(layer.rescaling.multipliers, bias.shape).astype(np.int64),
        shift=np.broadcast_to(layer.rescaling.shifts, bias.shape).astype(np.int64),
        zero_point=layer.output_zero_point,
        minimum=layer.minimum,
        maximum=layer.maximum,
    )


def constant_channels(sums: Sums) -> npt.NDArray[np.bool_]:
    """[channels]: True where every input gives the same output."""
    if not sums.constants_matter:
        return np.zeros(len(sums.lowest), np.bool_)
    ends = sums.outputs(np.stack([sums.lowest, sums.highest], axis=1))
    exact = np.maximum(-sums.lowest, sums.highest) << np.maximum(sums.shift, 0) < _LIMIT
    equal: npt.NDArray[np.bool_] = (ends[:, 0] == ends[:, 1]) & exact
    return equal


def constant_outputs(sums: Sums, constant: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """int8 [channels]: the outputs of the `constant` channels, 0 for the others."""
    return np.where(constant, sums.outputs(sums.lowest[:, None])[:, 0], 0).astype(np.int8)


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

    fits = (np.maximum(-sums.lowest, sums.highest) << shift < _LIMIT) | constant
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
    fits = (2 * largest < _LIMIT) & (((2 * largest * requantization.multiplier) >> 32) + np.abs(requantization.round) + 1 < _LIMIT)
    return requantization if np.all(fits | constant) and is_exact(sums, function, constant) else None


def is_exact(sums: Sums, function: Callable[[Int64], Int64], constant: npt.NDArray[np.bool_]) -> bool:
    """True where `function` (int64 [channels, n] -> outputs) has TFLM's outputs for all sums of the layer's range."""
    first = sums.steps
    at, before = np.minimum(first, sums.highest[:, None]), np.maximum(first - 1, sums.lowest[:, None])
    checked = np.concatenate([at, before, sums.lowest[:, None], sums.highest[:, None]], axis=1)
    return bool(np.all((function(checked) == sums.outputs(checked)) | constant[:, None]))


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
