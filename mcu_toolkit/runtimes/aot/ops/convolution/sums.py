"""What sums a layer with int8 weights can have, what TFLM makes of them, and whether a shorter way to outputs is exact for all of them.

Both ways are staircases that never fall, of at most 255 steps, so equal steps mean equal outputs for every sum.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted

Int64 = npt.NDArray[np.int64]
LIMIT = 1 << 31
_REACH = 4
"""Sums on both sides of a step in real numbers: two roundings of half a unit move it by less than 3."""
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
        low, high = self._around(level)
        # Bisection: below `low` outputs are smaller, from `high` on they are not.
        while np.any(low < high):
            middle = (low + high) >> 1
            reached = self.outputs(middle) >= level
            low, high = np.where(reached, low, np.minimum(middle + 1, high)), np.where(reached, middle, high)
        return low

    def _around(self, level: Int64) -> tuple[Int64, Int64]:
        """Bounds of `steps`: near where real numbers would have the step, and the ends of the channel's range where that is not so."""
        lowest, beyond = self.lowest[:, None], self.highest[:, None] + 1
        per_level = np.exp2(31 - self.shift.astype(np.float64)) / np.maximum(self.multiplier, 1)
        guess = (level - self.zero_point - 0.5) * per_level[:, None]
        low, high = (np.clip(np.floor(guess) + reach, lowest, beyond).astype(np.int64) for reach in (-_REACH, _REACH))
        is_below = (low == lowest) | (self.outputs(np.maximum(low - 1, lowest)) < level)
        is_reached = (high == beyond) | (self.outputs(np.minimum(high, beyond - 1)) >= level)
        return np.where(is_below, low, lowest), np.where(is_reached, high, beyond)

    @functools.cached_property
    def _content(self) -> tuple[object, ...]:
        arrays = (self.lowest, self.highest, self.multiplier, self.shift)
        return *(array.tobytes() for array in arrays), self.zero_point, self.minimum, self.maximum, self.constants_matter

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sums) and self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)


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
    exact = np.maximum(-sums.lowest, sums.highest) << np.maximum(sums.shift, 0) < LIMIT
    equal: npt.NDArray[np.bool_] = (ends[:, 0] == ends[:, 1]) & exact
    return equal


def constant_outputs(sums: Sums, constant: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """int8 [channels]: the outputs of the `constant` channels, 0 for the others."""
    return np.where(constant, sums.outputs(sums.lowest[:, None])[:, 0], 0).astype(np.int8)


def is_exact(sums: Sums, function: Callable[[Int64], Int64], constant: npt.NDArray[np.bool_]) -> bool:
    """True where `function` (int64 [channels, n] -> outputs) has TFLM's outputs for all sums of the layer's range."""
    first = sums.steps
    at, before = np.minimum(first, sums.highest[:, None]), np.maximum(first - 1, sums.lowest[:, None])
    checked = np.concatenate([at, before, sums.lowest[:, None], sums.highest[:, None]], axis=1)
    return bool(np.all((function(checked) == sums.outputs(checked)) | constant[:, None]))
