"""The features of MLPerf Tiny's streaming wake word: log mel energies in float32, bit for bit those of mel_energies.h.

The definition is the benchmark's (mlcommons/tiny at 1afd2c9, benchmark/training/streaming_wakeword/get_dataset.py, `get_lfbe_func`):
pre-emphasis 31/32, a Hamming window of 1,024 samples every 512, power spectrum / 1024, 40 triangular mel bands from 0 to 8,000 Hz
(HTK's scale), (10 log10(energy) + 52) / 64 limited to 0 and 1, and the model's quantization, which cuts off what is behind the point.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from mcu_toolkit.frontend.mel_tables import COSINES, POINTS, WINDOW, WINDOW_SAMPLES, mel_bands

HOP_SAMPLES: Final = 512
RATE_HZ: Final = 16_000
BANDS: Final = 40
STEPS: Final = 255
_FRAMES_AT_ONCE: Final = 512
_LARGEST: Final = np.float32(3e38)
_SCALE: Final = 2.0**52
"""Of energies in C and here: samples are 2^20 times too large, spectra twice, and nobody divides by the 1,024 of the window."""
_OFFSET_DB: Final = 52.0
_RANGE_DB: Final = 64.0
Float32s = npt.NDArray[np.float32]


@dataclass(frozen=True)
class MelQuantization:
    """How the model stores a feature: real value = scale * (stored - zero_point)."""

    scale: float
    zero_point: int

    @property
    def steps(self) -> Float32s:
        """[255]: the least energy whose feature is stored as at least -127, -126 ... 127."""
        return np.array([self._least_energy(stored) for stored in range(-127, 128)], np.float32)

    def _least_energy(self, stored: int) -> float:
        """Where value / scale + zero_point, cut off behind the point, becomes `stored`: up to 0 that is right above stored - 1."""
        is_above = stored <= 0
        feature = ((stored - 1 if is_above else stored) - self.zero_point) * self.scale
        if feature < 0:
            return 0.0
        if feature > 1 or (is_above and feature == 1):
            return float(_LARGEST)
        exact = _SCALE * 10 ** ((_RANGE_DB * feature - _OFFSET_DB) / 10)
        energy = float(np.float32(exact))
        if energy < exact or (is_above and energy == exact):
            energy = float(np.nextafter(np.float32(energy), _LARGEST))
        return energy


def mel_features(samples: npt.NDArray[np.int16], quantization: MelQuantization) -> npt.NDArray[np.int8]:
    """[frames, 40] stored features of `samples` [n] at 16 kHz.  Sound before the first sample is silence: frame 0 ends with sample 511."""
    frames = len(samples) // HOP_SAMPLES
    lead = 1 + WINDOW_SAMPLES - HOP_SAMPLES
    padded = np.concatenate([np.zeros(lead, np.int16), samples[: frames * HOP_SAMPLES]])
    steps = quantization.steps
    found = np.empty((frames, BANDS), np.int8)
    for start in range(0, frames, _FRAMES_AT_ONCE):
        end = min(start + _FRAMES_AT_ONCE, frames)
        sound = np.stack([padded[at * HOP_SAMPLES : at * HOP_SAMPLES + WINDOW_SAMPLES + 1] for at in range(start, end)])
        found[start:end] = np.searchsorted(steps, _energies(sound), side="right") - 128
    return found


def _energies(sound: npt.NDArray[np.int16]) -> Float32s:
    """[frames, 40], times 2^52, of `sound` [frames, 1 + 1024]."""
    wide = sound.astype(np.int32)
    shaped = (32 * wide[:, 1:] - 31 * wide[:, :-1]).astype(np.float32) * np.concatenate([WINDOW, WINDOW[::-1]])
    powers = _powers(*_fft(shaped[:, 0::2], shaped[:, 1::2]))
    energies = np.empty((len(sound), BANDS), np.float32)
    for number, band in enumerate(mel_bands(BANDS, RATE_HZ)):
        parts = powers[:, band.first : band.first + len(band.weights)] * band.weights
        energies[:, number] = np.cumsum(parts, axis=1, dtype=np.float32)[:, -1]  # one after the other, as C adds them
    return energies


def _fft(real: Float32s, imaginary: Float32s) -> tuple[Float32s, Float32s]:
    """Complex FFT of [frames, 512], radix 2, decimation in time."""
    order = _reversed_order()
    real, imaginary = real[:, order], imaginary[:, order]
    half = 1
    while half < POINTS:
        cosine, sine = _turns(np.arange(half) * (POINTS // half))
        shape = (len(real), POINTS // (2 * half), 2, half)
        a, b = real.reshape(shape), imaginary.reshape(shape)
        turned_real = a[:, :, 1] * cosine + b[:, :, 1] * sine
        turned_imaginary = b[:, :, 1] * cosine - a[:, :, 1] * sine
        real = np.stack([a[:, :, 0] + turned_real, a[:, :, 0] - turned_real], axis=2).reshape(len(real), POINTS)
        imaginary = np.stack([b[:, :, 0] + turned_imaginary, b[:, :, 0] - turned_imaginary], axis=2).reshape(len(real), POINTS)
        half *= 2
    return real, imaginary


def _powers(real: Float32s, imaginary: Float32s) -> Float32s:
    """[frames, 512], times 4: bins 0 to 511 of the FFT of 1,024 real samples."""
    low, high = np.arange(1, POINTS // 2 + 1), POINTS - np.arange(1, POINTS // 2 + 1)
    cosine, sine = _turns(low)
    even_real, even_imaginary = real[:, low] + real[:, high], imaginary[:, low] - imaginary[:, high]
    odd_real, odd_imaginary = imaginary[:, low] + imaginary[:, high], real[:, high] - real[:, low]
    turned_real = odd_real * cosine + odd_imaginary * sine
    turned_imaginary = odd_imaginary * cosine - odd_real * sine
    powers = np.empty_like(real)
    powers[:, 0] = (np.float32(2) * (real[:, 0] + imaginary[:, 0])) ** 2
    powers[:, low] = (even_real + turned_real) ** 2 + (even_imaginary + turned_imaginary) ** 2
    powers[:, high] = (even_real - turned_real) ** 2 + (even_imaginary - turned_imaginary) ** 2
    return powers


def _turns(angles: npt.NDArray[np.int64]) -> tuple[Float32s, Float32s]:
    """(cos, sin) of angles * 2 pi / 1024, from 0 to 512, by a quarter of a turn."""
    quarter = POINTS // 2
    cosine = np.where(angles <= quarter, COSINES[np.minimum(angles, quarter)], -COSINES[POINTS - np.maximum(angles, quarter)])
    sine = np.where(angles <= quarter, COSINES[quarter - np.minimum(angles, quarter)], COSINES[np.maximum(angles, quarter) - quarter])
    return cosine, sine


@lru_cache(maxsize=1)
def _reversed_order() -> npt.NDArray[np.int64]:
    bits = int(math.log2(POINTS))
    return np.array([int(f"{index:0{bits}b}"[::-1], 2) for index in range(POINTS)])
