"""Layers that differ from the rest: the model runs in every interpreter, and what was not done is not passed over in silence."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import InputError, ToolError, UnsupportedModelError
from mcu_toolkit.model import Model, read_model
from mcu_toolkit.pipeline.deploy import deploy
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from mcu_toolkit.quantize import ConvertOptions, QatOptions, QuantizedModel, quantize_model
from mcu_toolkit.quantize.layers import parse_layer_schemes
from mcu_toolkit.runners import LiteRtRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.validate import accuracy, inputs_for, load_vectors
from tests.emulated import own_boards
from tests.quantize import keras_models as models

has_extra = importlib.util.find_spec("ai_edge_quantizer") is not None
needs_extra = pytest.mark.skipif(not has_extra, reason="the extra 'mixed' is not installed")


def mixed(
    source: Path, data: Path, output: Path, *layers: str, scheme: str = "int8", allow_float_fallbacks: bool = False
) -> QuantizedModel:
    options = ConvertOptions(allow_float_fallbacks=allow_float_fallbacks, layer_schemes=parse_layer_schemes([], layers))
    return quantize_model(source, data, scheme=scheme, output=output, options=options)


def result_types(model: Model) -> dict[str, str]:
    """dtype of each operator's result, by operator, of those that occur once."""
    return {op.name: model.main.tensors[op.outputs[0]].dtype.name.lower() for op in model.main.ops}


@pytest.mark.skipif(has_extra, reason="the extra 'mixed' is installed")
def test_a_missing_extra_is_named(tmp_path: Path) -> None:
    source = models.save(models.small_cnn(), tmp_path / "m.keras")
    data = models.write_data(tmp_path / "d.npz", x_rep=models.random_samples(4, 4, 2))
    with pytest.raises(ToolError, match="a scheme for a single layer needs a package") as caught:
        mixed(source, data, tmp_path / "m.tflite", "conv=float32")
    assert caught.value.hint == "pip install 'mcu-toolkit[mixed]'"
    assert not (tmp_path / "m.tflite").exists()


def test_float_schemes_and_quantization_aware_training_have_no_layers_of_their_own(tmp_path: Path) -> None:
    source = models.save(models.small_cnn(), tmp_path / "m.keras")
    data = models.write_data(tmp_path / "d.npz", x_rep=models.random_samples(4, 4, 2))
    with pytest.raises(InputError, match="schemes for single layers together with scheme dynamic"):
        mixed(source, data, tmp_path / "m.tflite", "conv=float32", scheme="dynamic")
    options = ConvertOptions(layer_schemes=parse_layer_schemes(["conv"], []))
    with pytest.raises(InputError, match="--qat with schemes for single layers"):
        quantize_model(source, data, output=tmp_path / "m.tflite", options=options, qat=QatOptions())


FORMS = [
    ("int8", ("conv1=float32",), {"CONV_2D": 1}),
    ("int8", ("depthwise=float32", "pointwise=float32"), {"DEPTHWISE_CONV_2D": 1, "CONV_2D": 1}),
    ("int8-float-io", ("conv1=float32",), {"CONV_2D": 1}),
    ("int8", ("depthwise=int16x8", "pointwise=int16x8"), {}),
    ("int8", ("conv1=float32", "conv2=int16x8"), {"CONV_2D": 1}),
    ("int16x8", ("conv2=int8",), {}),
]


@needs_extra
@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "layers", "fallbacks"), FORMS)
def test_every_form_runs_in_litert_tflm_and_compiled(
    scheme: str, layers: tuple[str, ...], fallbacks: dict[str, int], digits_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`deploy` passes where the compiled model gives TFLM's bytes."""
    data = digits_folder / "data.npz"
    made = mixed(digits_folder / "model.keras", data, tmp_path / "m.tflite", *layers, scheme=scheme)
    model = read_model(made.path)
    vectors = load_vectors(data, model)
    assert vectors.labels is not None
    assert accuracy(LiteRtRunner(model).run(inputs_for(model, vectors)).outputs[0], vectors.labels) > 0.95
    names = [fallback.split()[0] for fallback in made.float_fallbacks]
    assert {name: names.count(name) for name in names} == fallbacks
    with own_boards(monkeypatch):
        job = Job(model, load_board("host"), get_runtime("aot"), load_inputs(model, data, 20, 0), tmp_path / "out")
        assert deploy(job, Silent()).verdict == "pass"


@needs_extra
@pytest.mark.slow
def test_what_was_asked_is_recorded(digits_folder: Path, tmp_path: Path) -> None:
    made = mixed(digits_folder / "model.keras", digits_folder / "data.npz", tmp_path / "m.tflite", "conv2=int16x8")
    assert made.kind == "full int8 but for conv2 (int16x8)"
    record = json.loads((tmp_path / "m.tflite.json").read_text())
    assert "layers=conv2=int16x8" in record["converter_options"]
    assert any(option.startswith("quantizer=ai-edge-quantizer 0.") for option in record["converter_options"])


def leaky(keras: Any, x: Any) -> Any:
    conv = keras.layers.Conv2D(4, 3, name="conv")(x)
    return keras.layers.Dense(3, name="classes")(keras.layers.Flatten(name="flatten")(keras.layers.LeakyReLU(name="leaky")(conv)))


@needs_extra
@pytest.mark.slow
def test_an_operator_that_it_does_not_know_is_named_and_may_be_allowed(tmp_path: Path) -> None:
    """ai-edge-quantizer 0.10 has no LEAKY_RELU; TensorFlow's converter has."""
    source = models.save(models.functional(leaky), tmp_path / "m.keras")
    data = models.write_data(tmp_path / "d.npz", x_rep=models.random_samples(4, 4, 2) - 0.5)
    output = tmp_path / "m.tflite"
    with pytest.raises(UnsupportedModelError, match="an operator is left in floating point: LEAKY_RELU in layer 'leaky'"):
        mixed(source, data, output, "conv=int16x8")
    with pytest.raises(UnsupportedModelError, match="ai-edge-quantizer has no int16x8 version of LEAKY_RELU in layer 'leaky'"):
        mixed(source, data, output, "leaky=int16x8")
    assert not output.exists()
    assert result_types(read_model(mixed(source, data, output, "leaky=float32").path))["LEAKY_RELU"] == "float32"
    made = mixed(source, data, output, "conv=int16x8", allow_float_fallbacks=True)
    assert made.float_fallbacks == ("LEAKY_RELU in layer 'leaky'",)


@needs_extra
@pytest.mark.slow
def test_inputs_keep_their_own_samples(tmp_path: Path) -> None:
    keras = models.load_tensorflow().keras
    keras.backend.clear_session()
    b, a = keras.layers.Input((6,), name="b"), keras.layers.Input((6,), name="a")
    dense = keras.layers.Dense(4, name="dense")(keras.layers.Concatenate(name="both")([b, a]))
    source = models.save(keras.Model([b, a], dense), tmp_path / "m.keras")
    random = np.random.default_rng(0)
    data = models.write_data(tmp_path / "d.npz", x_rep_a=random.random((30, 6)), x_rep_b=9 * random.random((30, 6)))
    made = mixed(source, data, tmp_path / "m.tflite", "dense=float32")
    highest = {tensor.name: (tensor.scale or 0) * (127 - (tensor.zero_point or 0)) for tensor in made.inputs}
    assert highest == {"serving_default_a:0": pytest.approx(1, abs=0.1), "serving_default_b:0": pytest.approx(9, abs=0.2)}
