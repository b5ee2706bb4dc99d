"""Quantization-aware training: refused in words where it cannot be, and a gain where rounding after training loses."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.errors import InputError, ToolError, UnsupportedModelError
from mcu_toolkit.model import input_names, output_names, read_model
from mcu_toolkit.quantize import QatOptions, qat, quantize_model
from mcu_toolkit.runners import LiteRtRunner
from mcu_toolkit.tensorflow_loader import load_keras_model, load_tensorflow
from mcu_toolkit.validate import accuracy, dequantize, inputs_for, load_vectors
from tests.quantize import keras_models as models

has_extra = importlib.util.find_spec("tensorflow_model_optimization") is not None and importlib.util.find_spec("tf_keras") is not None
needs_extra = pytest.mark.skipif(not has_extra, reason="the extra 'qat' is not installed")
FACTOR = 600.0


def train_data(path: Path, *shape: int) -> Path:
    x = models.random_samples(*shape, samples=60)
    return models.write_data(path, x_rep=x, x_train=x, y_train=np.arange(60) % 3)


def refusal(model: Any, tmp_path: Path, data: Path | None = None) -> Exception:
    source = models.save(model, tmp_path / "m.keras")
    chosen = data or train_data(tmp_path / "d.npz", 4, 4, 2)
    with pytest.raises((InputError, ToolError)) as caught:
        quantize_model(source, chosen, output=tmp_path / "m.tflite", qat=QatOptions(epochs=1))
    assert not (tmp_path / "m.tflite").exists()
    return caught.value


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qat, "_PACKAGES", ("no_such_package",))
    error = refusal(models.small_cnn(), tmp_path)
    assert isinstance(error, ToolError)
    assert error.hint == "pip install 'mcu-toolkit[qat]'"


def test_data_without_training_samples_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qat, "_PACKAGES", ())
    error = refusal(models.small_cnn(), tmp_path, models.write_data(tmp_path / "d.npz", x_rep=models.random_samples(4, 4, 2)))
    assert "x_train and y_train" in str(error)


def test_a_layer_used_twice_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qat, "_PACKAGES", ())

    def layers(keras: Any, x: Any) -> Any:
        shared = keras.layers.Conv2D(2, 1, name="shared")
        return keras.layers.Dense(3, name="classes")(keras.layers.Flatten(name="flatten")(shared(shared(x))))

    error = refusal(models.functional(layers), tmp_path)
    assert isinstance(error, UnsupportedModelError)
    assert "layer 'shared' is a nested model, or used several times" in str(error)


def test_16_bit_activations_are_refused(tmp_path: Path) -> None:
    source = models.save(models.small_cnn(), tmp_path / "m.keras")
    with pytest.raises(InputError, match="--qat with scheme int16x8"):
        quantize_model(source, train_data(tmp_path / "d.npz", 4, 4, 2), scheme="int16x8", output=tmp_path / "m.tflite", qat=QatOptions())


@needs_extra
@pytest.mark.nightly
def test_a_layer_that_keras_2_does_not_know_is_named(tmp_path: Path) -> None:
    def layers(keras: Any, x: Any) -> Any:
        return keras.layers.Dense(3, name="classes")(keras.layers.Flatten(name="flat")(keras.layers.RMSNormalization(name="rms")(x)))

    assert "layer 'rms' (RMSNormalization) does not exist in Keras 2" in str(refusal(models.functional(layers), tmp_path))


@needs_extra
@pytest.mark.nightly
def test_a_residual_model_is_rebuilt_equal(tmp_path: Path) -> None:
    def layers(keras: Any, x: Any) -> Any:
        left = keras.layers.Conv2D(4, 3, padding="same", activation="relu", name="left")(x)
        right = keras.layers.Conv2D(4, 1, name="right")(x)
        total = keras.layers.Add(name="add")([left, right])
        return keras.layers.Dense(3, activation="softmax", name="classes")(keras.layers.Flatten(name="flatten")(total))

    source = models.save(models.functional(layers), tmp_path / "m.keras")
    seen: list[str] = []
    data = train_data(tmp_path / "d.npz", 4, 4, 2)
    made = quantize_model(source, data, output=tmp_path / "m.tflite", qat=QatOptions(epochs=1), on_note=seen.append)
    assert any(line.startswith("rebuilt in Keras 2: outputs differ by at most") for line in seen)
    assert made.qat_epochs == 1
    assert "ADD" in made.operators


@needs_extra
@pytest.mark.nightly
def test_it_brings_back_what_rounding_lost(digits_folder: Path, tmp_path: Path) -> None:
    """One channel 600 times larger than the others leaves them no steps; measured: float 96 %, rounded 13 %, trained 94 %."""
    model = load_keras_model(digits_folder / "model.keras")
    layers = {layer.name: layer for layer in model.layers}
    gamma, beta, *rest = layers["conv1_norm"].get_weights()
    gamma[3], beta[3] = gamma[3] * FACTOR, beta[3] * FACTOR
    layers["conv1_norm"].set_weights([gamma, beta, *rest])
    (kernel,) = layers["depthwise"].get_weights()
    kernel[:, :, 3] /= FACTOR
    layers["depthwise"].set_weights([kernel])
    source, data = models.save(model, tmp_path / "hard.keras"), digits_folder / "data.npz"
    load_tensorflow().keras.backend.clear_session()

    def accuracy_of(options: QatOptions | None) -> float:
        made = read_model(quantize_model(source, data, output=tmp_path / "m.tflite", qat=options).path)
        vectors = load_vectors(data, made)
        assert vectors.labels is not None
        return accuracy(LiteRtRunner(made).run(inputs_for(made, vectors)).outputs[0], vectors.labels)

    assert accuracy_of(None) < 0.5
    assert accuracy_of(QatOptions()) > 0.9


def _swapped() -> Any:
    """Two inputs of one shape that sort otherwise than made, and two outputs likewise; each output is recognised by its values."""
    keras = load_tensorflow().keras
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    first, second = keras.Input((6,), name="zz"), keras.Input((6,), name="aa")
    both = keras.layers.Concatenate(name="both")([first, second])
    model = keras.Model([first, second], [keras.layers.Dense(4, name=name)(both) for name in ("zeta", "alpha")])
    minus = np.concatenate([np.eye(6), -np.eye(6)])  # the first input without the second
    model.get_layer("zeta").set_weights([minus[:, :4], np.zeros(4)])
    model.get_layer("alpha").set_weights([np.repeat(minus.sum(axis=1, keepdims=True), 4, axis=1), np.zeros(4)])
    return model


@needs_extra
@pytest.mark.nightly
def test_several_inputs_and_outputs_keep_their_names(tmp_path: Path) -> None:
    source = models.save(_swapped(), tmp_path / "m.keras")
    generator = np.random.default_rng(0)
    first, second = (generator.uniform(-1, 1, (200, 6)).astype(np.float32) for _ in range(2))
    difference = first - second
    zeta, alpha = difference[:, :4], np.repeat(difference.sum(axis=1, keepdims=True), 4, axis=1)
    arrays = {"x_zz": first, "x_aa": second, "x_train_zz": first, "x_train_aa": second, "y_train_zeta": zeta, "y_train_alpha": alpha}
    data = models.write_data(tmp_path / "d.npz", **arrays)
    made = read_model(quantize_model(source, data, output=tmp_path / "m.tflite", qat=QatOptions(epochs=1)).path)
    assert (input_names(made), output_names(made)) == (("zz", "aa"), ("zeta", "alpha"))
    found = LiteRtRunner(made).run(inputs_for(made, load_vectors(data, made))).outputs
    for tensor, output, expected in zip(made.outputs, found, (zeta, alpha), strict=True):
        np.testing.assert_allclose(dequantize(output, tensor), expected, atol=0.3)


def test_training_data_of_several_inputs_is_asked_for_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qat, "_PACKAGES", ())
    x = np.zeros((20, 6), np.float32)
    error = refusal(_swapped(), tmp_path, models.write_data(tmp_path / "d.npz", x_zz=x, x_aa=x + 1, x_train_zz=x, x_train_aa=x))
    assert "x_train_zz and x_train_aa and y_train_zeta and y_train_alpha" in str(error)
