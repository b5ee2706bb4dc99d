"""Filters of readings in integers, sample by sample: what the generated C computes, to the last bit.

A biquad has coefficients with 28 fraction bits and a memory of its outputs with 12, sums in 64 bits:
`y = b0 x0 + b1 x1 + b2 x2 - a1 y1 - a2 y2`.  Its design is that of a Butterworth filter by the bilinear transform (R. Bristow-Johnson,
Audio EQ Cookbook, Q = 1 / sqrt(2)); one coefficient takes up the others' rounding, so that a steady value passes exactly or not at all.
Filters begin as if the first reading had been there forever: gravity is no step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from mcu_toolkit.frontend.motion.description import HIGH_PASS, MOVING_AVERAGE, Filter

COEFFICIENT_BITS, MEMORY_BITS = 28, 12
_LEAST, _MOST = -32768, 32767
_MEMORY_MOST = 1 << 28
"""Twice what 16 bits need: an output that overshoots is cut off there."""
Int16s = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Biquad:
    """Coefficients with 28 fraction bits."""

    b0: int
    b1: int
    b2: int
    a1: int
    a2: int
    passes_steady: bool
    """True for a low pass: its output begins at the first reading, a high pass's at 0."""


def design(kind: str, cutoff_hz: float, sample_rate_hz: float) -> Biquad:
    """The coefficients of a high pass or low pass of second order."""
    angle = 2 * math.pi * cutoff_hz / sample_rate_hz
    alpha, cosine = math.sin(angle) / math.sqrt(2), math.cos(angle)
    one = 1 << COEFFICIENT_BITS
    a1, a2 = (math.floor(0.5 + one * value / (1 + alpha)) for value in (-2 * cosine, 1 - alpha))
    is_high = kind == HIGH_PASS
    b0 = math.floor(0.5 + one * (1 + cosine if is_high else 1 - cosine) / 2 / (1 + alpha))
    b1 = -2 * b0 if is_high else one + a1 + a2 - 2 * b0
    return Biquad(b0, b1, b0, a1, a2, not is_high)


class Memory(Protocol):
    """A filter of one axis with what it remembers."""

    def push(self, samples: Int16s) -> Int16s:
        """As many filtered samples."""
        ...


class BiquadMemory:
    """See Biquad."""

    def __init__(self, biquad: Biquad) -> None:
        self._biquad = biquad
        self._x: tuple[int, int] | None = None
        self._y = 0, 0

    def push(self, samples: Int16s) -> Int16s:
        """See Memory."""
        values = samples.tolist()
        if not values:
            return samples
        if self._x is None:
            self._x = values[0], values[0]
            self._y = (values[0] << MEMORY_BITS,) * 2 if self._biquad.passes_steady else (0, 0)
        c, (x1, x2), (y1, y2) = self._biquad, self._x, self._y
        found = []
        half = 1 << (COEFFICIENT_BITS - 1)
        for x0 in values:
            total = ((c.b0 * x0 + c.b1 * x1 + c.b2 * x2) << MEMORY_BITS) - c.a1 * y1 - c.a2 * y2
            y0 = min(max((total + half) >> COEFFICIENT_BITS, -_MEMORY_MOST), _MEMORY_MOST)
            x1, x2, y1, y2 = x0, x1, y0, y1
            found.append(min(max((y0 + (1 << (MEMORY_BITS - 1))) >> MEMORY_BITS, _LEAST), _MOST))
        self._x, self._y = (x1, x2), (y1, y2)
        return np.array(found, np.int16)


class AverageMemory:
    """The mean of the last samples, rounded to the nearest integer, halves up."""

    def __init__(self, samples: int) -> None:
        self._count = samples
        self._history: npt.NDArray[np.int64] | None = None

    def push(self, samples: Int16s) -> Int16s:
        """See Memory."""
        if not len(samples):
            return samples
        if self._history is None:
            self._history = np.full(self._count - 1, samples[0], np.int64)
        known = np.concatenate([self._history, samples.astype(np.int64)])
        self._history = known[len(samples) :]
        sums = np.cumsum(np.concatenate([[0], known]))
        return np.asarray((sums[self._count :] - sums[: -self._count] + self._count // 2) // self._count, np.int16)


def memory_of(chosen: Filter, sample_rate_hz: float) -> Memory:
    """A filter at its beginning."""
    if chosen.kind == MOVING_AVERAGE:
        return AverageMemory(chosen.samples or 1)
    return BiquadMemory(design(chosen.kind, chosen.cutoff_hz or 0.0, sample_rate_hz))
