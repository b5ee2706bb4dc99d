"""The streaming wake word's features: C and Python bit for bit, and both beside the benchmark's definition."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.firmware.mel_table_file import MelTables
from mcu_toolkit.firmware.template_files import rendered_file
from mcu_toolkit.frontend.mel_energies import BANDS, HOP_SAMPLES, STEPS, MelQuantization, mel_features
from mcu_toolkit.frontend.mel_tables import WINDOW_SAMPLES
from mcu_toolkit.system import process
from mcu_toolkit.system.resources import templates_dir
from mcu_toolkit.tensorflow_loader import load_tensorflow
from tests.frontend.in_c import FLAGS, SANITIZERS
from tests.frontend.sounds import generated

REFERENCE = MelQuantization(0.003701042616739869, -128)
"""Of the benchmark's model."""
QUANTIZATIONS = [REFERENCE, MelQuantization(1 / 255, -128), MelQuantization(0.01, -3), MelQuantization(0.002, -100)]
_MAIN = """
#include "mel_energies.h"
void features(const int16_t *sound, float *work, int8_t *found);
void features(const int16_t *sound, float *work, int8_t *found) {
    mel_energies(sound, work, found);
}
"""


@dataclass(frozen=True)
class Banner:
    """Variables of a template."""

    banner: tuple[str, ...] = ("made for a test",)


def in_c(folder: Path, quantization: MelQuantization) -> ctypes.CDLL:
    (folder / "mel_tables.h").write_bytes(rendered_file("protocols/mlperf_streaming/mel_tables.h.j2", Banner(), MelTables.of(quantization)))
    (folder / "main.c").write_text(_MAIN)
    include = templates_dir() / "protocols/mlperf_streaming/src"
    command = ["gcc", *FLAGS, *SANITIZERS, "-ffp-contract=off", "-I", include, "-I", folder, "-shared", "-fPIC"]
    completed = process.run([*command, "-o", folder / "mel.so", folder / "main.c"])
    assert completed.exit_code == 0, completed.output
    return ctypes.CDLL(str(folder / "mel.so"))


def features_in_c(library: ctypes.CDLL, samples: npt.NDArray[np.int16]) -> npt.NDArray[np.int8]:
    work, found = np.zeros(WINDOW_SAMPLES, np.float32), []
    padded = np.concatenate([np.zeros(1 + WINDOW_SAMPLES - HOP_SAMPLES, np.int16), samples])
    for start in range(0, len(samples) - HOP_SAMPLES + 1, HOP_SAMPLES):
        window, frame = padded[start : start + 1 + WINDOW_SAMPLES].copy(), np.zeros(BANDS, np.int8)
        library.features(window.ctypes, work.ctypes, frame.ctypes)
        found.append(frame)
    return np.array(found)


def exact_features(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.float64]:
    """(10 log10(energy) + 52) / 64 in double precision by numpy's FFT, [frames, 40]; written from the definition."""
    values = np.concatenate([np.zeros(1 + WINDOW_SAMPLES - HOP_SAMPLES), samples / 32768])
    values = values[1:] - 31 / 32 * values[:-1]
    starts = range(0, len(samples) - HOP_SAMPLES + 1, HOP_SAMPLES)
    spectra = np.fft.rfft(np.stack([values[at : at + WINDOW_SAMPLES] for at in starts]) * np.hamming(WINDOW_SAMPLES))
    mel = 2595 * np.log10(1 + np.arange(513) * 15.625 / 700)
    edges = np.linspace(0, 2595 * np.log10(1 + 8000 / 700), BANDS + 2)
    sides = (mel - edges[:-2, None]) / np.diff(edges)[:-1, None], (edges[2:, None] - mel) / np.diff(edges)[1:, None]
    weights = np.clip(np.minimum(*sides), 0, None)
    weights[:, 0] = 0
    energies = np.abs(spectra) ** 2 / 1024 @ weights.T
    return np.clip((10 * np.log10(np.maximum(energies, 1e-30)) + 52) / 64, 0, 1)


def stored(features: npt.NDArray[np.float64], quantization: MelQuantization) -> npt.NDArray[np.int64]:
    return np.clip(np.trunc(features / quantization.scale + quantization.zero_point), -128, 127).astype(np.int64)


@pytest.mark.parametrize("quantization", QUANTIZATIONS)
def test_c_and_python_compute_the_same_bits(quantization: MelQuantization, tmp_path: Path) -> None:
    library = in_c(tmp_path, quantization)
    for number in range(20):
        samples = generated(number, 9 * HOP_SAMPLES + 100)
        np.testing.assert_array_equal(features_in_c(library, samples), mel_features(samples, quantization), err_msg=str(number))


@pytest.mark.parametrize("quantization", QUANTIZATIONS)
def test_features_are_those_of_the_formula(quantization: MelQuantization) -> None:
    """float32 puts few energies on the other side of a step.  Bands 100 dB below others are the rounding noise of float32."""
    differing = total = 0
    for number in range(20):
        samples = generated(number, 16_000)
        exact = exact_features(samples)
        found, expected = mel_features(samples, quantization).astype(np.int64), stored(exact, quantization)
        audible = exact > exact.max(axis=1, keepdims=True) - 100 / 64
        assert np.abs(found - expected)[audible].max(initial=0) <= 1, number
        differing, total = differing + int((found != expected)[audible].sum()), total + int(audible.sum())
    assert total > 10_000
    assert differing <= total // 1000


def test_every_step_is_where_the_formula_has_it() -> None:
    for quantization in QUANTIZATIONS:
        steps = quantization.steps.astype(np.float64)
        assert len(steps) == STEPS
        assert (np.diff(steps) >= 0).all()
        reached = (steps > 0) & (steps < 1e38)
        below, above = np.nextafter(quantization.steps, np.float32(0)), quantization.steps
        for energies, offset in ((below, -1), (above, 0)):
            features = np.clip((10 * np.log10(np.maximum(energies.astype(np.float64), 1e-30) / 2.0**52) + 52) / 64, 0, 1)
            numbers = stored(features, quantization)[reached]
            np.testing.assert_allclose(numbers, np.arange(-127, 128)[reached] + offset, atol=0)


def test_silence_is_the_zero_point_and_full_scale_is_not_beyond_the_type() -> None:
    assert (mel_features(np.zeros(2048, np.int16), REFERENCE) == -128).all()
    loud = np.where(np.arange(16_000) // 8 % 2 == 0, 32767, -32768).astype(np.int16)
    assert mel_features(loud, REFERENCE).max() == 127
    assert mel_features(loud[:511], REFERENCE).shape == (0, BANDS)


@pytest.mark.slow
def test_nearly_all_features_are_those_of_tensorflow() -> None:
    """The benchmark computes them with tf.signal: of 19,840 of generated sounds few are on the other side of a step."""
    tf = load_tensorflow()
    differing = total = 0
    for number in range(0, 16):
        samples = generated(number, 32 * HOP_SAMPLES)
        wave = tf.constant(samples.astype(np.float32) / 32768)
        wave = wave - 31 / 32 * tf.concat([[0.0], wave[:-1]], 0)
        window = partial(tf.signal.hamming_window, periodic=False)
        powers = tf.square(tf.abs(tf.signal.stft(wave, WINDOW_SAMPLES, HOP_SAMPLES, window_fn=window))) / 1024
        weights = tf.signal.linear_to_mel_weight_matrix(BANDS, 513, 16_000, 0.0, 8_000.0)
        energies = tf.tensordot(tf.maximum(powers, 1e-30), weights, 1)
        features = tf.clip_by_value((10 * tf.math.log(energies) / tf.math.log(10.0) + 52) / 64, 0, 1).numpy()
        expected = stored(features.astype(np.float64), REFERENCE)
        found = mel_features(samples, REFERENCE).astype(np.int64)[1:]  # TensorFlow's first window has no silence before it
        audible = features > features.max(axis=1, keepdims=True) - 100 / 64
        assert np.abs(found - expected)[audible].max(initial=0) <= 1, number
        differing, total = differing + int((found != expected)[audible].sum()), total + int(audible.sum())
    assert total > 10_000
    assert differing <= total // 1000
