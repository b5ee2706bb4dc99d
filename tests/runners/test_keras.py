"""The Keras runner on small models that are made here.  Slow: imports TensorFlow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.runners.keras import KerasRunner
from mcu_toolkit.tensorflow_loader import load_tensorflow, quiet

pytestmark = pytest.mark.slow


def _save(path: Path, make: Any) -> Path:
    keras = load_tensorflow().keras
    keras.utils.set_random_seed(1)
    with quiet():
        make(keras).save(path)
    return path


@pytest.fixture(scope="module")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(keras: Any) -> Any:
        return keras.Sequential([keras.Input((4, 1)), keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")])

    return _save(tmp_path_factory.mktemp("keras") / "dense.keras", make)


def test_outputs_are_those_of_the_model(dense: Path) -> None:
    x = np.random.default_rng(0).normal(size=(300, 4, 1)).astype(np.float32)  # more than one batch
    result = KerasRunner(dense).run([x])
    with quiet():
        model = load_tensorflow().keras.models.load_model(dense, compile=False)
    weights, bias = (np.asarray(value, np.float64) for value in model.get_weights())
    logits = x.reshape(300, 4) @ weights + bias
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert result.runner == "keras"
    assert result.outputs[0].dtype == np.float32
    np.testing.assert_allclose(result.outputs[0], expected, rtol=1e-5)


def test_missing_dimensions_of_1_are_added(dense: Path) -> None:
    x = np.ones((2, 4), np.float32)
    runner = KerasRunner(dense)
    assert runner.run([x]).outputs[0].tolist() == runner.run([x[..., None]]).outputs[0].tolist()


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([np.ones((2, 5, 1), np.float32)], r"samples of shape \[5, 1\]"),
        ([np.ones((2, 4, 1), np.int8)], r"input '\w+' is int8"),
        ([np.ones((2, 4, 1), np.float32)] * 2, "2 input arrays given"),
    ],
)
def test_wrong_inputs_are_named(dense: Path, inputs: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        KerasRunner(dense).run(inputs)


def test_two_inputs_and_two_outputs_keep_their_order(tmp_path: Path) -> None:
    def make(keras: Any) -> Any:
        a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
        return keras.Model([a, b], [keras.layers.Subtract()([a, b]), keras.layers.Add()([a, b])])

    runner = KerasRunner(_save(tmp_path / "two.keras", make))
    a, b = np.array([[1, 2]], np.float32), np.array([[10, 20]], np.float32)
    assert [output.tolist() for output in runner.run([a, b]).outputs] == [[[-9, -18]], [[11, 22]]]


def test_state_of_stateful_layers_lasts_until_reset(tmp_path: Path) -> None:
    def make(keras: Any) -> Any:
        return keras.Sequential([keras.Input(batch_shape=(1, 1, 2)), keras.layers.GRU(3, stateful=True)])

    runner = KerasRunner(_save(tmp_path / "gru.keras", make))
    x = np.ones((1, 1, 2), np.float32)
    first, second = runner.run([x]).outputs[0], runner.run([x]).outputs[0]
    runner.reset()
    assert not np.allclose(first, second)
    np.testing.assert_array_equal(runner.run([x]).outputs[0], first)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(b"no model")
    with pytest.raises(InputError, match=r"model\.keras"):
        KerasRunner(path)
    with pytest.raises(InputError, match="not found"):
        KerasRunner(tmp_path / "nothing.keras")
