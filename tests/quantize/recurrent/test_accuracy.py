"""Well-trained recurrent networks on a real series, spoken digits: what quantization costs each layer.  Five trainings, every night."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.frontend import AudioFrontend, Log, features_of
from mcu_toolkit.model import read_model
from mcu_toolkit.quantize import quantize_model
from mcu_toolkit.tensorflow_loader import load_tensorflow
from mcu_toolkit.validate.quantization import quantize
from tests.frontend.sounds import DIGITS, samples_of
from tests.quantize import keras_models as models
from tests.quantize.recurrent.test_fuse import Made, golden_outputs, keras_outputs

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.timeout(3600),  # some 30 s of a processor each
    pytest.mark.skipif(not DIGITS.is_dir(), reason="real data not here: ../shared/data/spoken_digits"),
]

FRONTEND = AudioFrontend(sample_rate_hz=8_000, window_ms=32, hop_ms=20, bands=32, lower_hz=80, upper_hz=3800, log=Log())
STEPS = 40
"""Frames: the last 0.8 seconds of a recording, or silence and the whole of it.  The recurrent layers see half of them, or a quarter."""
SPEEDS, MOVED_SAMPLES = (1.0, 0.9, 1.1), (0, 300)
"""Each recording is trained as it is, slower and faster, and without its last 40 ms; tests are not of other speeds."""
EPOCHS, NOISE = 30, 0.3
"""The noise is added to features of deviation 1, in training alone: with it a SimpleRNN is right in 96.5 %, without in 94.8 %."""
TEST_SHARE = 5
"""One recording of so many."""
LAYERS: dict[str, tuple[Callable[[Any], Any], float, int]] = {
    "LSTM": (lambda layers: layers.LSTM(32), 4e-3, 20),
    "GRU": (lambda layers: layers.GRU(32), 4e-3, 20),
    "SimpleRNN": (lambda layers: layers.SimpleRNN(64), 1.5e-3, 10),
    "Bidirectional LSTM": (lambda layers: layers.Bidirectional(layers.LSTM(20)), 4e-3, 20),
    "Bidirectional GRU": (lambda layers: layers.Bidirectional(layers.GRU(20)), 4e-3, 20),
}
"""The recurrent layer, its learning rate, and the steps that it sees."""


@dataclass(frozen=True)
class Spoken:
    """Features, float32 [recordings, steps, bands], and the digits; recordings of the test are in no training."""

    x: npt.NDArray[np.float32]
    y: npt.NDArray[np.int64]
    x_test: npt.NDArray[np.float32]
    y_test: npt.NDArray[np.int64]


def features(path: Path) -> list[npt.NDArray[np.uint16]]:
    """Of all versions of a recording, uint16 [steps, bands]."""
    samples, needed = samples_of(path), FRONTEND.samples_for(STEPS)
    versions = []
    for speed in SPEEDS:
        places = np.arange(0, len(samples) - 1, speed)
        heard = np.interp(places, np.arange(len(samples)), samples).astype(np.int16)
        versions += [np.concatenate([np.zeros(needed, np.int16), heard[: len(heard) - moved]])[-needed:] for moved in MOVED_SAMPLES]
    return [features_of(version, FRONTEND) for version in versions]


@pytest.fixture(scope="module")
def spoken() -> Spoken:
    paths = sorted(DIGITS.rglob("*.wav"))
    names = sorted({path.parent.name for path in paths})
    x = np.stack([features(path) for path in paths]).astype(np.float32)
    y = np.repeat([[names.index(path.parent.name)] for path in paths], x.shape[1], axis=1)
    is_test = np.random.default_rng(0).permutation(len(paths)) % TEST_SHARE == 0
    mean, deviation = (function(x[~is_test], axis=(0, 1, 2)) for function in (np.mean, np.std))
    x = (x - mean) / deviation
    flat, tested = x.shape[2:], len(MOVED_SAMPLES)  # the first versions: as they are
    x_test, y_test = x[is_test, :tested], y[is_test, :tested]
    return Spoken(x[~is_test].reshape(-1, *flat), y[~is_test].ravel(), x_test.reshape(-1, *flat), y_test.ravel())


def trained(spoken: Spoken, name: str) -> Any:
    make, rate, steps = LAYERS[name]

    def network(keras: Any, x: Any) -> Any:
        layers = keras.layers
        x = layers.GaussianNoise(NOISE)(x)
        for window in (5, 3):
            x = layers.Conv1D(48, window, padding="same", use_bias=False)(layers.Dropout(0.1)(x))
            x = layers.ReLU()(layers.BatchNormalization()(x))
            x = layers.MaxPooling1D(2)(x) if x.shape[1] > steps else x
        return layers.Dense(10)(layers.Dropout(0.3)(make(layers)(x)))

    model, keras = models.functional(network, spoken.x.shape[1:]), load_tensorflow().keras
    batch = 64
    schedule = keras.optimizers.schedules.CosineDecay(rate, EPOCHS * -(-len(spoken.x) // batch))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(schedule, clipnorm=1.0), loss)
    model.fit(spoken.x, spoken.y, batch_size=batch, epochs=EPOCHS, verbose=0)
    return model


@pytest.mark.parametrize("name", LAYERS)
def test_int8_is_within_a_point_of_float(name: str, spoken: Spoken, tmp_path: Path) -> None:
    source = models.save(trained(spoken, name), tmp_path / "digits.keras")
    quantize_model(source, models.write_data(tmp_path / "data.npz", x_rep=spoken.x[::8]), output=tmp_path / "digits.tflite")
    one = Made(source, read_model(tmp_path / "digits.tflite"), spoken.x_test)
    exact = keras_outputs(one).argmax(axis=1)
    found = golden_outputs(one, [quantize(one.x, one.model.inputs[0])]).argmax(axis=1)
    in_float, in_int8 = (float(np.mean(answers == spoken.y_test)) for answers in (exact, found))
    print(f"{name}: float {in_float:.2%}, int8 {in_int8:.2%}, same class {np.mean(exact == found):.2%} of {len(found)}")
    assert in_float >= 0.95, "the network is hardly trained: the comparison says little"
    assert in_int8 >= in_float - 0.01
