"""Models and files that cannot be converted: the reason is named in words a user can act on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.errors import InputError, McuError, UnsupportedModelError
from mcu_toolkit.quantize import quantize_model
from mcu_toolkit.quantize.converter_errors import recurrent_hint
from mcu_toolkit.tensorflow_loader import load_tensorflow, quiet
from tests.quantize import keras_models as models


def refusal(source: Path, tmp_path: Path, sample: np.ndarray | None = None, scheme: str = "int8") -> McuError:
    """The error of converting `source`; nothing may have been written."""
    data = models.write_data(tmp_path / "data.npz", x_rep=models.random_samples(4, 4, 2) if sample is None else sample)
    with pytest.raises(InputError) as caught:
        quantize_model(source, data, scheme=scheme, output=tmp_path / "out.tflite")
    assert not list(tmp_path.glob("*out.tflite*"))
    return caught.value


@pytest.mark.parametrize(
    ("layers", "scheme", "message"),
    [
        (
            lambda keras, x: keras.layers.Resizing(8, 8, interpolation="bicubic", name="grow")(x),
            "int8",
            "TensorFlow Lite has no operator for tf.ResizeBicubic in layer 'grow'",
        ),
        (
            lambda keras, x: keras.layers.Conv2D(2, 1, name="after")(
                keras.layers.ELU(name="my_elu")(keras.layers.Conv2D(2, 1, name="c")(x))
            ),
            "int8",
            "an operator is left in floating point: ELU in layer 'my_elu'",
        ),
        (
            lambda keras, x: keras.layers.ELU(name="my_elu")(keras.layers.Conv2D(2, 1, name="conv")(x)),
            "int8",
            "an operator is left in floating point: ELU (operator 2) after layer 'conv'",
        ),
        (
            lambda keras, x: keras.layers.ELU(name="my_elu")(keras.layers.Conv2D(2, 1, name="conv")(x)),
            "int16x8",
            "the converter has no int16x8 version of ELU",
        ),
    ],
    ids=["no-operator", "float-fallback-inside", "float-fallback-at-output", "no-int16-version"],
)
def test_a_layer_that_cannot_be_converted_is_named(tmp_path: Path, layers: Callable[[Any, Any], Any], scheme: str, message: str) -> None:
    source = models.save(models.functional(layers), tmp_path / "model.keras")
    error = refusal(source, tmp_path, scheme=scheme)
    assert isinstance(error, UnsupportedModelError)
    assert error.what == message
    assert error.hint is not None


def lstm(*, unroll: bool) -> Any:
    return models.functional(lambda keras, x: keras.layers.LSTM(4, unroll=unroll, name="memory")(x), (5, 3))


def test_a_loop_is_refused_before_it_crashes_the_converter(tmp_path: Path) -> None:
    layers = models.functional(lambda keras, x: keras.layers.LSTM(4, activation="relu", name="memory")(x), (5, 3))
    error = refusal(models.save(layers, tmp_path / "model.keras"), tmp_path, models.random_samples(5, 3))
    assert error.what.startswith("a recurrent layer has no integer form: layer 'memory' has activation='relu'")
    assert "unroll=True" in (error.hint or "")


def test_a_loop_with_an_open_batch_is_refused(tmp_path: Path) -> None:
    source = models.export(lstm(unroll=False), tmp_path / "saved")
    error = refusal(source, tmp_path, models.random_samples(5, 3))
    assert "a loop over lists of unknown size" in error.what
    assert error.hint == "give the .keras file: of it LSTM, GRU and SimpleRNN become one operator each"


def test_a_loop_with_a_batch_of_1_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "saved"
    signature = [load_tensorflow().TensorSpec((1, 5, 3), "float32", name="x")]
    with quiet():
        lstm(unroll=False).export(str(source), verbose=False, input_signature=signature)
    error = refusal(source, tmp_path, models.random_samples(5, 3))
    assert error.what.startswith("a loop stays in the graph (")
    assert error.hint == "give the .keras file: of it LSTM, GRU and SimpleRNN become one operator each; or --scheme dynamic or float32"


@pytest.mark.parametrize("name", ["model.onnx", "model.pt2"])
def test_other_frameworks_have_no_keras_file_to_give(name: str) -> None:
    assert recurrent_hint(Path(name)).startswith("build the same network in Keras and give its .keras file")


def test_what_is_hinted_for_loops_works(tmp_path: Path) -> None:
    data = models.write_data(tmp_path / "data.npz", x_rep=models.random_samples(5, 3))
    unrolled = models.save(lstm(unroll=True), tmp_path / "unrolled.keras")
    assert "FULLY_CONNECTED" in quantize_model(unrolled, data, output=tmp_path / "a.tflite").operators
    looping = models.save(lstm(unroll=False), tmp_path / "looping.keras")
    assert "WHILE" in quantize_model(looping, data, scheme="dynamic", output=tmp_path / "b.tflite").operators


def test_open_dimensions_are_refused(tmp_path: Path) -> None:
    model = models.functional(lambda keras, x: keras.layers.Conv2D(2, 3)(x), (None, None, 2))
    for source in (models.save(model, tmp_path / "model.keras"), models.export(model, tmp_path / "saved")):
        assert refusal(source, tmp_path).what == "input 'x' has open dimensions: [?, ?, ?, 2]"


def test_integer_inputs_work_in_int8_and_are_refused_in_int16(tmp_path: Path) -> None:
    model = models.functional(
        lambda keras, x: keras.layers.Dense(2)(keras.layers.Flatten()(keras.layers.Embedding(10, 4)(x))), (6,), dtype="int32", name="ids"
    )
    source = models.save(model, tmp_path / "model.keras")
    ids = np.random.default_rng(0).integers(0, 10, (20, 6))
    data = models.write_data(tmp_path / "ids.npz", x_rep=ids)
    assert quantize_model(source, data, output=tmp_path / "good.tflite").inputs[0].dtype == "int32"
    assert "calibration recorded no range for tensor" in refusal(source, tmp_path, ids, "int16x8").what


def test_an_input_named_like_a_keyword_is_no_obstacle(tmp_path: Path) -> None:
    model = models.functional(lambda keras, x: keras.layers.Conv2D(2, 3)(x), name="in")
    source = models.save(model, tmp_path / "model.keras")
    data = models.write_data(tmp_path / "data.npz", x_rep=models.random_samples(4, 4, 2))
    assert quantize_model(source, data, output=tmp_path / "out.tflite").operators == ("CONV_2D",)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("model.keras", None, "Keras model not found"),
        ("model.keras", b"not a zip", "Keras cannot read the model"),
        ("model.keras", b"", "Keras cannot read the model"),
        ("model.h5", b"not hdf5", "Keras cannot read the model"),
        ("model.pb", b"x", "is not a model this toolkit reads ('.pb')"),
        ("model.pt", b"x", "holds Python objects, not a program"),
        ("model.tflite", b"x", "not a .tflite model"),
    ],
)
def test_files_that_are_no_models_are_refused(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    source = tmp_path / name
    if content is not None:
        source.write_bytes(content)
    assert message in refusal(source, tmp_path).what


def test_a_folder_that_is_no_saved_model_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    assert refusal(folder, tmp_path).what == "is not a SavedModel"
    (folder / "saved_model.pb").write_bytes(b"garbage")
    assert "TensorFlow cannot read the SavedModel" in refusal(folder, tmp_path).what


def test_a_training_folder_points_to_its_model(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "model.keras").write_bytes(b"")
    assert refusal(tmp_path / "folder", tmp_path).hint == str(tmp_path / "folder" / "model.keras")


def test_a_representative_set_of_another_shape_names_both(tmp_path: Path) -> None:
    source = models.save(models.small_cnn(), tmp_path / "model.keras")
    error = refusal(source, tmp_path, models.random_samples(5, 5, 2))
    assert error.what == "'x_rep' has shape [20, 5, 5, 2]"
    assert error.expected == "[samples, 4, 4, 2] for input 'x'"
