"""MFCC and log-mel spectrograms beside the formulas in floating point: how near the integers come."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.frontend import MLPERF_AD, MLPERF_KWS, AudioFrontend, features_of
from mcu_toolkit.frontend.description import MFCC_ZERO
from tests.frontend.sounds import generated

_VOWELS, _NOISE = 6, 9
_SIDE = 256.0
"""2 ** scale_shift of both presets."""


def log_mel(samples: npt.NDArray[np.int16], frontend: AudioFrontend) -> npt.NDArray[np.float64]:
    """ln of the root of the energy in each mel band, [frames, bands], by numpy's FFT: nothing is rounded."""
    size, window = frontend.fft_samples, frontend.window_samples
    starts = range(0, len(samples) - window + 1, frontend.hop_samples)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(window) + 0.5) / window)
    spectra = np.abs(np.fft.rfft([samples[start : start + window] * hann for start in starts], size)) ** 2
    mel = 1127 * np.log1p(np.arange(size // 2 + 1) * frontend.sample_rate_hz / size / 700)
    low, high = (1127 * math.log1p(hz / 700) for hz in (frontend.lower_hz, frontend.upper_hz))
    edges = np.linspace(low, high, frontend.bands + 2)
    sides = (mel - edges[:-2, None]) / np.diff(edges)[:-1, None], (edges[2:, None] - mel) / np.diff(edges)[1:, None]
    energies = spectra @ np.clip(np.minimum(*sides), 0, None).T
    return np.asarray(0.5 * np.log(np.maximum(energies, 1e-9)))


def cosine_transform(logs: npt.NDArray[np.float64], coefficients: int) -> npt.NDArray[np.float64]:
    bands = logs.shape[1]
    angles = np.pi / bands * np.arange(coefficients)[:, None] * (np.arange(bands) + 0.5)
    return np.asarray(math.sqrt(2 / bands) * logs @ np.cos(angles).T)


@pytest.mark.parametrize("number", [_VOWELS + 10, _NOISE, _NOISE + 10])
def test_log_mel_bands_are_those_of_the_formula_to_a_fifth(number: int) -> None:
    """Natural logarithms; bands that the 16-bit FFT rounds to nearly nothing are left out."""
    samples = generated(number)
    found = features_of(samples, MLPERF_AD) / _SIDE
    exact = log_mel(samples, MLPERF_AD)
    loud = exact > 6
    assert loud.mean() > 0.2
    assert np.abs(found - exact)[loud].max() < 0.2


def test_mfcc_are_those_of_the_formula_to_a_tenth_on_average() -> None:
    samples = np.random.default_rng(4).integers(-20_000, 20_000, 16_000).astype(np.int16)
    found = (features_of(samples, MLPERF_KWS).astype(np.int64) - MFCC_ZERO) / _SIDE
    exact = cosine_transform(log_mel(samples, MLPERF_KWS), 10)
    assert found.shape == (49, 10)
    assert np.ptp(exact) > 10
    assert np.abs(found - exact).mean() < 0.1
    assert np.abs(found - exact).max() < 0.5  # the lowest bands have two bins of the spectrum each


def test_a_louder_sound_moves_the_first_coefficient_only() -> None:
    quiet = generated(_NOISE + 10) // 8
    few, more = (features_of(part, MLPERF_KWS).astype(np.int64) for part in (quiet, quiet * 8))
    change = (more - few)[len(few) // 2 :] / _SIDE
    assert change[:, 0].mean() == pytest.approx(math.log(8) * math.sqrt(2 / 40) * 40, rel=0.05)
    assert np.abs(change[:, 1:]).mean() < 0.2
