"""Models in 16- and 64-bit floats are converted in float32, files of Keras 2 are read with Keras 2, augmentation is named."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.model import kind_of, read_model
from mcu_toolkit.quantize import quantize_model
from mcu_toolkit.quantize.precision import in_float32
from mcu_toolkit.runners import KerasRunner
from mcu_toolkit.runners import keras2 as keras2_module
from mcu_toolkit.tensorflow_loader import load_tensorflow
from tests.quantize import keras_models as models

POLICIES = ["mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64"]
_KERAS_2 = """
import sys, tensorflow as tf, tf_keras as keras
layers = keras.layers
x = entry = layers.Input((6, 6, 1), name="image")
x = layers.DepthwiseConv2D(3, activation="relu")(x)
if sys.argv[2] == "lambda":
    x = layers.Lambda(lambda t: t * 2)(x)
x = tf.reduce_mean(tf.nn.relu(x) * 2.0, [1, 2])
model = keras.Model(entry, layers.Dense(3, activation="softmax", name="classes")(x))
model.save(sys.argv[1])
model(tf.ones((2, 6, 6, 1))).numpy().tofile(sys.argv[1] + ".expected")
"""


def nested(policy: str) -> Any:
    """A model within a model, all layers under `policy` but the last."""
    keras = load_tensorflow().keras
    layers = keras.layers
    inner = keras.Sequential(
        [layers.Input((4, 4, 4)), layers.DepthwiseConv2D(3, dtype=policy), layers.BatchNormalization(dtype=policy)], name="inner"
    )

    def body(_keras: Any, x: Any) -> Any:
        x = inner(layers.Conv2D(4, 3, activation="relu", dtype=policy)(x))
        return layers.Dense(3, activation="softmax", name="classes")(layers.Flatten()(x))

    return models.functional(body, (6, 6, 1))


@pytest.mark.parametrize("policy", POLICIES)
def test_a_model_of_another_precision_gives_the_same_in_float32_and_the_policy_is_named(policy: str) -> None:
    model = nested(policy)
    twin, policies = in_float32(model)
    assert policy in policies
    assert {str(layer.compute_dtype) for layer in twin._flatten_layers()} == {"float32"}
    x = models.random_samples(6, 6, 1, samples=8)
    expected = np.asarray(model(x, training=False), np.float32)
    assert np.allclose(np.asarray(twin(x, training=False)), expected, atol=0.02)  # eight bits of bfloat16
    assert in_float32(twin) == (twin, ())


@pytest.mark.slow
def test_the_file_converts_and_the_user_is_told(tmp_path: Path) -> None:
    source = models.save(nested("mixed_float16"), tmp_path / "m.keras")
    data = models.write_data(tmp_path / "d.npz", x_rep=models.random_samples(6, 6, 1))
    made = quantize_model(source, data, output=tmp_path / "m.tflite")
    assert kind_of(read_model(made.path)).name == "int8"
    assert any("mixed_float16" in note for note in json.loads(made.record_path.read_text())["notes"])


@pytest.mark.slow
def test_a_saved_model_of_another_precision_or_with_augmentation_gets_the_hint_that_helps(tmp_path: Path) -> None:
    half = models.export(nested("mixed_bfloat16"), tmp_path / "half")
    data = models.write_data(tmp_path / "d.npz", x_rep=models.random_samples(6, 6, 1))
    with pytest.raises(UnsupportedModelError, match="computes in bfloat16") as raised:
        quantize_model(half, data, output=tmp_path / "m.tflite")
    assert "give the .keras file" in str(raised.value.hint)
    layers = load_tensorflow().keras.layers
    model = models.functional(lambda keras, x: layers.Flatten()(layers.RandomFlip(name="random_flip")(x)), (6, 6, 1))
    models.save(model, tmp_path / "model.keras")
    with pytest.raises(UnsupportedModelError, match="at random: random_flip") as raised:
        quantize_model(models.export(model, tmp_path / "augmented"), data, output=tmp_path / "m.tflite")
    assert f"give the .keras file, {tmp_path / 'model.keras'}" in str(raised.value.hint)
    quantize_model(tmp_path / "model.keras", data, output=tmp_path / "m.tflite")


def keras_2_file(folder: Path, kind: str = "plain") -> Path:
    if importlib.util.find_spec("tf_keras") is None:
        pytest.skip("the extra 'keras2' is not installed")
    path = folder / "old.h5"
    environment = {**keras2_module._ENVIRONMENT, "PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONWARNINGS": "ignore"}
    subprocess.run([sys.executable, "-c", _KERAS_2, path, kind], env=environment, check=True, capture_output=True)
    return path


@pytest.mark.slow
def test_a_file_of_keras_2_is_read_with_keras_2(tmp_path: Path) -> None:
    source = keras_2_file(tmp_path)
    data = models.write_data(tmp_path / "d.npz", x_rep=models.random_samples(6, 6, 1))
    made = quantize_model(source, data, output=tmp_path / "m.tflite")
    assert any("read with Keras 2" in note for note in made.notes)
    expected = np.fromfile(f"{source}.expected", np.float32).reshape(2, 3)
    assert np.allclose(KerasRunner(source).run([np.ones((2, 6, 6, 1), np.float32)]).outputs[0], expected, atol=1e-5)


@pytest.mark.slow
def test_code_in_a_file_of_keras_2_is_not_run(tmp_path: Path) -> None:
    source = keras_2_file(tmp_path, "lambda")
    with pytest.raises(InputError, match="Lambda layer"):
        quantize_model(source, models.write_data(tmp_path / "d.npz", x_rep=models.random_samples(6, 6, 1)), output=tmp_path / "m.tflite")


def test_without_the_extra_the_whole_reason_and_the_extra_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    refusal = InputError("Keras cannot read the model: " + "x" * 900 + " the reason")
    with pytest.raises(InputError) as raised:
        keras2_module.saved_model_from_keras_2(tmp_path / "old.h5", tmp_path, refusal)
    assert raised.value.what == refusal.what
    assert raised.value.hint == "pip install 'mcu-toolkit[keras2]'"


@pytest.mark.parametrize("function", ["io.write_file", "raw_ops.WriteFile", "py_function", "compat.v1.py_func"])
def test_layers_of_keras_2_that_reach_out_are_refused(tmp_path: Path, function: str) -> None:
    import h5py

    with h5py.File(tmp_path / "old.h5", "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "TFOpLambda", "config": {"function": function}})
    with pytest.raises(InputError, match="code that would run"):
        keras2_module._refuse_code(tmp_path / "old.h5")
