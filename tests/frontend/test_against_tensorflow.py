"""Every setting against TensorFlow's own audio_microfrontend operator.

The operator fills two of its tables in double precision, where the front end of TensorFlow Lite Micro (and so ours, and
pymicro-features) has float32: one of 480 window coefficients and a few weights of the bands are another number by 1/4096.
With tables made as it makes them not one feature differs, so that this is the whole difference; with our own few do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.frontend import MICRO_FRONTEND, AudioFrontend, compute, features_of, tables
from mcu_toolkit.tensorflow_loader import load_tensorflow
from tests.frontend.settings import SETTINGS
from tests.frontend.sounds import generated

pytestmark = pytest.mark.slow
ALL = {"micro_frontend": MICRO_FRONTEND, **SETTINGS}
COMPARED = {
    name: frontend
    for name, frontend in ALL.items()
    # The operator always reduces noise, and always takes the least FFT.
    if frontend.noise_reduction is not None
    and frontend.mfcc is None
    and frontend.fft_samples == 1 << (frontend.window_samples - 1).bit_length()
}


@pytest.fixture(scope="module")
def operator() -> ModuleType:
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed")
    from tensorflow.lite.experimental.microfrontend.python.ops import audio_microfrontend_op

    return audio_microfrontend_op


@pytest.fixture
def in_double_precision(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tables as the operator fills them."""

    def mel(hz: np.float32) -> np.float32:
        return np.float32(1127.0 * math.log1p(float(hz) / 700.0))

    def window(frontend: AudioFrontend) -> npt.NDArray[np.int16]:
        size = frontend.window_samples
        step = float(np.float32(2 * math.pi / size))
        values = (float(np.float32(0.5 - 0.5 * math.cos(step * (i + 0.5)))) for i in range(size))
        return np.array([math.floor(value * 4096 + 0.5) for value in values], np.int16)

    monkeypatch.setattr(tables, "_mel", mel)
    monkeypatch.setattr(compute, "window_coefficients", window)
    tables.filterbank.cache_clear()
    yield
    tables.filterbank.cache_clear()


def by_tensorflow(operator: ModuleType, samples: npt.NDArray[np.int16], frontend: AudioFrontend) -> npt.NDArray[np.uint16]:
    noise, pcan, log = frontend.noise_reduction, frontend.pcan, frontend.log
    assert noise is not None
    options: dict[str, Any] = {}
    if pcan is not None:
        options = {"pcan_strength": pcan.strength, "pcan_offset": pcan.offset, "gain_bits": pcan.gain_bits}
    features = operator.audio_microfrontend(
        load_tensorflow().constant(samples),
        sample_rate=frontend.sample_rate_hz,
        window_size=int(frontend.window_ms),
        window_step=int(frontend.hop_ms),
        num_channels=frontend.bands,
        upper_band_limit=frontend.upper_hz,
        lower_band_limit=frontend.lower_hz,
        smoothing_bits=noise.smoothing_bits,
        even_smoothing=noise.even_smoothing,
        odd_smoothing=noise.odd_smoothing,
        min_signal_remaining=noise.min_signal_remaining,
        enable_pcan=pcan is not None,
        enable_log=log is not None,
        scale_shift=6 if log is None else log.scale_shift,
        **options,
    )
    found: npt.NDArray[np.uint16] = features.numpy()
    return found


def differing(operator: ModuleType, frontend: AudioFrontend) -> tuple[int, int]:
    """How many features differ, of how many, over one sound of each kind."""
    different = total = 0
    for number in range(10):
        samples = generated(number, 4 * frontend.window_samples + 12 * frontend.hop_samples)
        ours, theirs = features_of(samples, frontend), by_tensorflow(operator, samples, frontend)
        assert ours.shape == theirs.shape
        different += int((ours != theirs).sum())
        total += ours.size
    return different, total


@pytest.mark.usefixtures("in_double_precision")
@pytest.mark.parametrize("name", COMPARED)
def test_with_its_tables_not_one_feature_differs(name: str, operator: ModuleType) -> None:
    assert differing(operator, COMPARED[name])[0] == 0


def test_with_tables_in_float32_some_of_the_presets_features_differ(operator: ModuleType) -> None:
    different, total = differing(operator, MICRO_FRONTEND)
    assert 0 < different < total // 50
