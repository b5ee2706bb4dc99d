"""From a microphone's samples to those of a front end, in integers: another sample rate, no DC offset, a gain.

firmware_templates/listener/sound_input.h is the same in C.  The filter's coefficients are made here and nowhere else: a sinc
with a Kaiser window (A. V. Oppenheim, R. W. Schafer: Discrete-Time Signal Processing, section on the Kaiser window).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import InputError

RATES_HZ = (8_000, 16_000, 44_100, 48_000)
FRACTION_BITS = 14
GAIN_BITS = 8
_BLOCK_SAMPLES, _BLOCK_BITS, _LEVEL_BITS = 256, 8, 4
_GAIN_MAX = 255.0
_HALF_WIDTH = 12
"""Zero crossings of the sinc on either side."""
_KAISER_BETA = 7.0
"""About 70 dB of attenuation."""
_PASSED = 0.92
"""Of the band that both rates can hold."""
Int16s = npt.NDArray[np.int16]


@dataclass(frozen=True)
class SoundInput:
    """What is done to a microphone's samples."""

    rate_hz: int
    """Of the microphone."""
    target_hz: int
    """Of the front end."""
    gain: float = 1.0
    removes_offset: bool = False
    """Of the microphone's DC offset; the first 256 samples still have it."""

    def __post_init__(self) -> None:
        for name, rate in (("the microphone", self.rate_hz), ("the front end", self.target_hz)):
            if self.rate_hz != self.target_hz and rate not in RATES_HZ:
                raise InputError(
                    f"{name} has {rate:,} samples a second, and they differ: {self.rate_hz:,} and {self.target_hz:,}",
                    expected=f"the same rate, or rates among {', '.join(f'{one:,}' for one in RATES_HZ)}",
                )
        if not (math.isfinite(self.gain) and 0 < self.gain_steps <= _GAIN_MAX * (1 << GAIN_BITS)):
            raise InputError(f"a gain of {self.gain:g}", expected=f"1/{1 << GAIN_BITS} to {_GAIN_MAX:g}")

    @property
    def gain_steps(self) -> int:
        """The gain as it is multiplied, 8 fraction bits."""
        return round(self.gain * (1 << GAIN_BITS))

    @property
    def up(self) -> int:
        """Samples out for `down` samples in."""
        return self.target_hz // math.gcd(self.rate_hz, self.target_hz)

    @property
    def down(self) -> int:
        """See `up`."""
        return self.rate_hz // math.gcd(self.rate_hz, self.target_hz)

    @property
    def most_out(self) -> int:
        """For one sample in."""
        return -(-self.up // self.down)


def coefficients(sound_input: SoundInput) -> Int16s:
    """The filter, int16 [up, taps] with 14 fraction bits, of each phase; the newest sample's coefficient comes first."""
    up, down = sound_input.up, sound_input.down
    if up == down:
        return np.zeros((1, 0), np.int16)
    widest = max(1.0, down / up)
    """How much wider than its own samples the sinc is."""
    taps = 2 * math.ceil(_HALF_WIDTH * widest)
    # Of output n the newest sample is number floor(n * down / up); the filter's middle lies taps / 2 samples before that.
    ages = np.arange(taps)[np.newaxis, :] + np.arange(up)[:, np.newaxis] / up - taps / 2
    cutoff = _PASSED / widest
    with np.errstate(invalid="ignore"):
        window = np.i0(_KAISER_BETA * np.sqrt(np.maximum(0.0, 1 - (ages / (taps / 2)) ** 2))) / np.i0(_KAISER_BETA)
    ideal = cutoff * np.sinc(cutoff * ages) * window
    ideal /= ideal.sum(axis=1, keepdims=True)
    return np.asarray(np.round(ideal * (1 << FRACTION_BITS)), np.int16)


class SoundInputStream:
    """A sound input with its memory: however a sound is cut into pieces, what comes out is the same."""

    def __init__(self, sound_input: SoundInput) -> None:
        self._input = sound_input
        self._filter = coefficients(sound_input).astype(np.int64)
        self._rest = np.zeros(max(0, self._filter.shape[1] - 1), np.int16)
        self._heard, self._made = 0, 0
        self._level, self._has_level = 0, False
        self._block = np.zeros(0, np.int64)

    def push(self, samples: Int16s) -> Int16s:
        """What `samples`, int16 [samples], become: int16 [samples out], possibly none."""
        if samples.ndim != 1 or samples.dtype != np.int16:
            raise InputError(f"samples of type {samples.dtype} and shape {list(samples.shape)}", expected="int16 samples of one channel")
        resampled = samples if self._input.up == self._input.down else self._resampled(samples)
        values = self._levelled(resampled.astype(np.int64)) if self._input.removes_offset else resampled.astype(np.int64)
        return _limited((values * self._input.gain_steps + (1 << (GAIN_BITS - 1))) >> GAIN_BITS)

    def _resampled(self, samples: Int16s) -> Int16s:
        up, down, taps = self._input.up, self._input.down, self._filter.shape[1]
        data = np.concatenate([self._rest, samples]).astype(np.int64)
        first = self._heard
        self._heard += len(samples)
        made = -(-self._heard * up // down)  # output n comes with sample floor(n * down / up)
        positions = np.arange(self._made, made) * down
        self._made = made
        newest = positions // up - first + taps - 1
        windows = data[newest[:, np.newaxis] - np.arange(taps)[np.newaxis, :]]
        sums = (windows * self._filter[positions % up]).sum(axis=1)
        self._rest = data[len(data) - (taps - 1) :].astype(np.int16)
        return _limited((sums + (1 << (FRACTION_BITS - 1))) >> FRACTION_BITS)

    def _levelled(self, values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        out = np.empty_like(values)
        at = 0
        while at < len(values):
            count = min(_BLOCK_SAMPLES - len(self._block), len(values) - at)
            part = values[at : at + count]
            out[at : at + count] = _limited(part - ((self._level + (1 << (_LEVEL_BITS - 1))) >> _LEVEL_BITS))
            self._block = np.concatenate([self._block, part])
            if len(self._block) == _BLOCK_SAMPLES:
                mean = int(self._block.sum()) >> (_BLOCK_BITS - _LEVEL_BITS)
                self._level = self._level + ((mean - self._level) >> _LEVEL_BITS) if self._has_level else mean
                self._has_level, self._block = True, np.zeros(0, np.int64)
            at += count
        return out


def _limited(values: npt.NDArray[np.int64]) -> Int16s:
    return np.asarray(np.clip(values, -32768, 32767), np.int16)
