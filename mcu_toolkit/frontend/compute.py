"""A front end in Python: features of a whole recording, or of a sound as it comes in."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend.description import FRACTION_BITS_OF_WEIGHTS, SNR_BITS, AudioFrontend
from mcu_toolkit.frontend.fixed_fft import real_fft
from mcu_toolkit.frontend.stages import NoiseEstimate, band_energies, cepstrum, logarithm, pcan, rounded_root
from mcu_toolkit.frontend.tables import bit_lengths, cosine_transform, filterbank, gain_curve, shares, window_coefficients

_FRAMES_AT_ONCE = 64
"""So that what a stage of the FFT works on stays in the processor's cache."""
_FEATURE_MAX = 0xFFFF
Int16s = npt.NDArray[np.int16]
Features = npt.NDArray[np.uint16]


def features_of(samples: Int16s, frontend: AudioFrontend) -> Features:
    """The features of one recording from its beginning, uint16 [frames, features], of int16 [samples]; raises InputError for others."""
    return FeatureStream(frontend).push(samples)


class FeatureStream:
    """A front end with its memory: however a sound is cut into pieces, the features are the same."""

    def __init__(self, frontend: AudioFrontend) -> None:
        self.frontend = frontend
        self._window = window_coefficients(frontend)
        self._bank = filterbank(frontend)
        reduction, gain = frontend.noise_reduction, frontend.pcan
        self._noise = NoiseEstimate(shares(reduction), reduction.smoothing_bits, frontend.bands) if reduction is not None else None
        self._curve, self._gain_shift = None, 0
        if gain is not None and reduction is not None:
            self._curve = gain_curve(gain, reduction.smoothing_bits - frontend.correction_bits)
            self._gain_shift = gain.gain_bits - frontend.correction_bits - SNR_BITS
        self._cosines = None if frontend.mfcc is None else cosine_transform(frontend.bands, frontend.mfcc.coefficients)
        self._rest = np.zeros(0, np.int16)

    def push(self, samples: Int16s) -> Features:
        """The features of the frames that `samples`, int16 [samples], complete: uint16 [frames, features], possibly none."""
        if samples.ndim != 1 or samples.dtype != np.int16:
            raise InputError(f"samples of type {samples.dtype} and shape {list(samples.shape)}", expected="int16 samples of one channel")
        data = np.concatenate([self._rest, samples])
        frames = self.frontend.frames_in(len(data))
        features = np.empty((frames, self.frontend.features), np.uint16)
        if frames:
            windows = sliding_window_view(data, self.frontend.window_samples)[:: self.frontend.hop_samples]
            for start in range(0, frames, _FRAMES_AT_ONCE):
                some = slice(start, start + _FRAMES_AT_ONCE)
                features[some] = self._scaled(self._bands(windows[some]))
        self._rest = data[frames * self.frontend.hop_samples :].copy()
        return features

    def _bands(self, windows: Int16s) -> npt.NDArray[Any]:
        """The root of the energy in each band, int64 [frames, bands], of windows [frames, window]."""
        products = windows.T.astype(np.int32)
        products *= self._window[:, None]
        products >>= FRACTION_BITS_OF_WEIGHTS
        values = np.zeros((self.frontend.fft_samples, len(windows)), np.int16)
        values[: len(products)] = products
        # -32768 has no absolute value in 16 bits: it does not count as a peak, and may wrap around below.
        peak = np.maximum(np.abs(values).max(axis=0), 0).astype(np.int64)
        shift = 15 - bit_lengths(peak)
        values <<= shift.astype(np.int16)
        energies = band_energies(*real_fft(values), self._bank)
        return np.asarray((rounded_root(energies) >> shift).T)

    def _scaled(self, signal: npt.NDArray[Any]) -> Features:
        if self._noise is not None:
            signal, noise = self._noise.reduce(signal)
            if self._curve is not None:
                signal = pcan(signal, noise, self._curve, self._gain_shift)
        if self.frontend.log is not None:
            signal = logarithm(signal, self.frontend.correction_bits, self.frontend.log.scale_shift)
        if self._cosines is not None:
            signal = cepstrum(np.minimum(signal, _FEATURE_MAX), self._cosines)
        return np.asarray(np.minimum(signal, _FEATURE_MAX), np.uint16)
