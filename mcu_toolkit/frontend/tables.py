"""The integers that a front end's C and Python share.

They are computed in float32, step by step as TensorFlow's audio front end fills its tables, so that they are the same integers;
cosines and powers are computed in double precision and rounded once: float32 libraries differ from that too rarely and by too little
to reach the integers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend.description import FRACTION_BITS_OF_WEIGHTS, AudioFrontend, NoiseReduction, Pcan
from mcu_toolkit.frontend.log1p_float32 import log1p_float32

LOG_SEGMENTS = 128
LOG_FRACTION_BITS = 16
SMOOTHING_FRACTION_BITS = 14
"""Of the shares in the noise reduction."""
COSINE_FRACTION_BITS = 14
"""Of the cosine transform: sqrt(2), its largest factor, takes 16 bits with them."""
_GAIN_INTERVALS = 32
_INT16_MAX = 32767
Int16s = npt.NDArray[np.int16]
T = TypeVar("T", np.int16, np.uint16)


@dataclass(frozen=True)
class Filterbank:
    """Triangular mel bands.  Bin `first + i` of the spectrum is on the rising side of one band and on the falling side of the one before.

    Slopes: rising side of band b (0 .. bands) are the bins from `ends[b - 1]` (0 for b = 0) to `ends[b]`; band 0 is only there
    for its falling side, so the front end has the bands 1 .. bands.
    """

    first: int
    ends: npt.NDArray[np.int32]
    """[bands + 1], counted from `first`."""
    rising: Int16s
    """[bins], 12 fraction bits."""
    falling: Int16s


@dataclass(frozen=True)
class Shares:
    """The noise reduction's shares, 14 fraction bits."""

    even: int
    odd: int
    remaining: int


def window_coefficients(frontend: AudioFrontend) -> Int16s:
    """The window of an audio front end: see `hann`."""
    return hann(frontend.window_samples)


@lru_cache(maxsize=16)
def hann(size: int) -> Int16s:
    """A Hann window sampled in the middle of each sample, int16 [size], 12 fraction bits."""
    step = np.float32(np.float32(np.float32(math.pi) * np.float32(2)) / np.float32(size))
    angles = (step * (np.arange(size, dtype=np.float32) + np.float32(0.5))).astype(np.float32)
    cosines = np.cos(angles.astype(np.float64)).astype(np.float32)
    values = (np.float32(0.5) - np.float32(0.5) * cosines).astype(np.float32)
    return _rounded(values)


@lru_cache(maxsize=16)
def twiddles(size: int) -> Int16s:
    """exp(-2j pi k / size) for k below `size`, int16 [size, 2] of real and imaginary parts, 15 fraction bits."""
    return _unit_vectors([-2 * math.pi * k / size for k in range(size)])


@lru_cache(maxsize=16)
def split_twiddles(size: int) -> Int16s:
    """The factors that make a real FFT of twice `size` of a complex one: int16 [size / 2, 2] for k = 1 .. size / 2."""
    return _unit_vectors([-math.pi * ((k + 1) / size + 0.5) for k in range(size // 2)])


def _unit_vectors(phases: list[float]) -> Int16s:
    scaled = [[math.floor(0.5 + _INT16_MAX * value) for value in (math.cos(phase), math.sin(phase))] for phase in phases]
    return _constant(np.array(scaled, np.int16))


@lru_cache(maxsize=16)
def filterbank(frontend: AudioFrontend) -> Filterbank:
    """The bands' weights; raises InputError where the last band reaches the end of the spectrum."""
    spectrum = frontend.fft_samples // 2 + 1
    hz_per_bin = np.float32(np.float32(0.5) * np.float32(frontend.sample_rate_hz) / np.float32(spectrum - 1))
    lower, upper = _mel(np.float32(frontend.lower_hz)), _mel(np.float32(frontend.upper_hz))
    slopes = frontend.bands + 1
    spacing = np.float32(np.float32(upper - lower) / np.float32(slopes))
    centers = (lower + spacing * np.arange(1, slopes + 1, dtype=np.float32)).astype(np.float32)
    first = int(np.float32(1.5) + np.float32(frontend.lower_hz) / hz_per_bin)
    mels = np.array([_mel(np.float32(np.float32(index) * hz_per_bin)) for index in range(first, spectrum + 1)], np.float32)
    ends = np.searchsorted(mels, centers, side="right").astype(np.int32)
    if first + int(ends[-1]) >= spectrum:
        raise InputError(
            f"front end: the highest band ends at bin {first + int(ends[-1])} of a spectrum of {spectrum}",
            expected="an upper_hz below half of the sample rate by two bins of the FFT",
            hint="lower upper_hz, or a larger fft_size",
        )
    if ends[-1] == 0:
        raise InputError(
            f"front end: no bin of the spectrum is between {frontend.lower_hz:g} and {frontend.upper_hz:g} Hz",
            expected=f"bands wider than {hz_per_bin:g} Hz",
            hint="a larger fft_size, or fewer and wider bands",
        )
    slope = np.searchsorted(ends, np.arange(ends[-1]), side="right")
    below = np.concatenate([[lower], centers[:-1]]).astype(np.float32)
    share = ((centers[slope] - mels[: ends[-1]]) / (centers[slope] - below[slope])).astype(np.float32)
    return Filterbank(first, ends, _rounded(share), _rounded((np.float32(1) - share).astype(np.float32)))


def _mel(hz: np.float32) -> np.float32:
    result: np.float32 = np.float32(1127) * log1p_float32(np.float32(hz / np.float32(700)))
    return result


def _rounded(values: npt.NDArray[np.float32]) -> Int16s:
    scaled = (values * np.float32(1 << FRACTION_BITS_OF_WEIGHTS) + np.float32(0.5)).astype(np.float32)
    return _constant(np.floor(scaled).astype(np.int16))


def _constant(array: npt.NDArray[T]) -> npt.NDArray[T]:
    """`array`, which is kept and handed out again, so that nobody can write into it."""
    array.flags.writeable = False
    return array


def shares(reduction: NoiseReduction) -> Shares:
    """The shares as integers, cut off and not rounded."""
    one = np.float32(1 << SMOOTHING_FRACTION_BITS)
    even, odd, remaining = (
        int(np.float32(value) * one) for value in (reduction.even_smoothing, reduction.odd_smoothing, reduction.min_signal_remaining)
    )
    return Shares(even, odd, remaining)


@lru_cache(maxsize=16)
def gain_curve(pcan: Pcan, fraction_bits: int) -> Int16s:
    """The gain of a noise estimate with `fraction_bits` as parabolas between powers of two, int16 [125].

    Elements 0 and 1: the gain at 0 and 1; from 4 * n - 6 on for n = 2 .. 32: value, slope and curvature from 2 ** (n - 1) on, and one
    element that is not used.  Raises InputError for a curve too steep for 16 bits.
    """
    curve = np.zeros(4 * _GAIN_INTERVALS - 3, np.int64)
    curve[:2] = _gain(pcan, fraction_bits, 0), _gain(pcan, fraction_bits, 1)
    for interval in range(2, _GAIN_INTERVALS + 1):
        start = 1 << (interval - 1)
        end = 2 * start - (interval == _GAIN_INTERVALS)
        value, middle, last = (_gain(pcan, fraction_bits, x) for x in (start, start + start // 2, end))
        slope = 4 * (middle - value) - (last - value)
        curve[4 * interval - 6 : 4 * interval - 3] = value, slope, last - value - slope
    if np.abs(curve).max() > _INT16_MAX or not _is_a_gain(curve):
        raise InputError(
            "front end: the gain of pcan leaves 16 bits",
            expected="2 ** gain_bits / (noise + offset) ** strength below 32768 where there is no noise",
            hint="a larger offset or strength, or fewer gain_bits",
        )
    return _constant(curve.astype(np.int16))


def _is_a_gain(curve: npt.NDArray[np.int64]) -> bool:
    """Whether the parabolas stay between 0 and what 16 bits hold: at the kink of a gain that is cut off they swing out of it."""
    noise = np.concatenate([np.arange(2048), *(np.linspace(1 << bits, 2 << bits, 512, endpoint=False) for bits in range(11, 32))])
    gains = gain_of(noise.astype(np.int64), curve)
    return bool(gains.min() >= 0 and gains.max() <= _INT16_MAX)


def gain_of(noise: npt.NDArray[np.int64], curve: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """The gain that `curve` gives to each noise estimate, int64 in the shape of `noise` (32 bits, not negative)."""
    table = curve.astype(np.int64)
    interval = np.maximum(bit_lengths(noise), 2)
    at = 4 * interval - 6
    fraction = np.where(interval < 11, noise << np.maximum(11 - interval, 0), noise >> np.maximum(interval - 11, 0)) & 0x3FF
    change = ((table[at + 2] * fraction) >> 5) + (table[at + 1] << 5)
    gain = ((change * fraction + (1 << 14)) >> 15) + table[at]
    return np.asarray(np.where(noise <= 2, table[np.minimum(noise, 2)], gain))


def bit_lengths(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many bits each value (below 2 ** 53, not negative) takes; 0 for 0."""
    return np.frexp(values.astype(np.float64))[1].astype(np.int64)


def _gain(pcan: Pcan, fraction_bits: int, x: int) -> int:
    real = np.float32(np.float32(x) / np.float32(1 << fraction_bits))
    power = np.float32(float(np.float32(real + np.float32(pcan.offset))) ** -float(np.float32(pcan.strength)))
    gain = np.float32(np.float32(1 << pcan.gain_bits) * power)
    return _INT16_MAX if gain > _INT16_MAX else int(gain + np.float32(0.5))


@lru_cache(maxsize=16)
def cosine_transform(bands: int, coefficients: int) -> Int16s:
    """sqrt(2 / bands) * cos(pi / bands * i * (j + 0.5)) of coefficient i and band j, int16 [coefficients, bands], 14 fraction bits."""
    scale = (1 << COSINE_FRACTION_BITS) * math.sqrt(2 / bands)
    rows = [[math.floor(0.5 + scale * math.cos(math.pi / bands * i * (j + 0.5))) for j in range(bands)] for i in range(coefficients)]
    return _constant(np.array(rows, np.int16))


@lru_cache(maxsize=16)
def log_corrections() -> npt.NDArray[Any]:
    """log2(1 + i / 128) - i / 128 for i up to 128, uint16 with 16 fraction bits; one zero more for the segment behind the last."""
    values = [math.log2(1 + i / LOG_SEGMENTS) - i / LOG_SEGMENTS for i in range(LOG_SEGMENTS + 1)]
    return _constant(np.array([math.floor(0.5 + (1 << LOG_FRACTION_BITS) * value) for value in values] + [0], np.uint16))
