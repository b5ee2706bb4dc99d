"""Other settings than the preset: the C compiled for this machine computes what Python computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.frontend import MICRO_FRONTEND, FeatureStream, features_of
from mcu_toolkit.frontend.fixed_fft import real_fft
from tests.frontend.in_c import FrontendInC
from tests.frontend.settings import SETTINGS
from tests.frontend.sounds import generated


@pytest.mark.parametrize("name", SETTINGS)
def test_c_and_python_agree_on(name: str, tmp_path: Path) -> None:
    frontend = SETTINGS[name]
    compiled = FrontendInC(frontend, tmp_path)
    seen = set()
    for number in range(10):
        samples = generated(number, 4 * frontend.window_samples + 12 * frontend.hop_samples)
        ours = features_of(samples, frontend)
        assert ours.shape == (frontend.frames_in(len(samples)), frontend.features)
        assert np.array_equal(compiled.features(samples), ours)
        seen |= set(ours.ravel().tolist())
    assert len(seen) > 10  # a front end of zeros would agree too


def test_a_sound_in_pieces_gives_the_features_of_the_whole() -> None:
    samples = generated(16)
    whole = features_of(samples, MICRO_FRONTEND)
    for piece in (1000, 161, 33):
        stream = FeatureStream(MICRO_FRONTEND)
        parts = [stream.push(samples[start : start + piece]) for start in range(0, len(samples), piece)]
        assert np.array_equal(np.concatenate(parts), whole)


def test_too_little_sound_gives_no_frame() -> None:
    assert features_of(np.zeros(479, np.int16), MICRO_FRONTEND).shape == (0, 40)
    assert features_of(np.zeros(0, np.int16), MICRO_FRONTEND).shape == (0, 40)
    assert features_of(np.zeros(480, np.int16), MICRO_FRONTEND).shape == (1, 40)


@pytest.mark.parametrize("size", [32, 64, 512, 2048])
def test_the_spectrum_is_that_of_a_real_fft_to_a_few_units(size: int) -> None:
    """Against numpy's floats: the fixed-point one rounds once a stage."""
    random = np.random.default_rng(size)
    samples = random.integers(-32768, 32768, (size, 20)).astype(np.int16)
    real, imaginary = real_fft(samples)
    expected = np.fft.rfft(samples.astype(np.float64), axis=0) / size
    assert np.abs(real - expected.real).max() < 6
    assert np.abs(imaginary - expected.imag).max() < 6
    assert np.abs(expected).max() > 100
