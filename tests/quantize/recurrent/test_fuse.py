"""Recurrent Keras layers become one integer operator each, and the model computes what Keras does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.model import DType, Model, read_model, resets_first
from mcu_toolkit.pipeline.proof.host import compiled_for_host
from mcu_toolkit.pipeline.workspace.decisions import findings_of
from mcu_toolkit.quantize import ConvertOptions, QatOptions, quantize_model, route
from mcu_toolkit.quantize.layers import LayerScheme
from mcu_toolkit.runners import KerasRunner, LiteRtRunner
from mcu_toolkit.runners.reference.runner import golden_interpreter
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.aot import Target, compile_model
from mcu_toolkit.tensorflow_loader import load_tensorflow
from mcu_toolkit.validate.quantization import dequantize, quantize
from tests.model_builder import ModelBuilder
from tests.quantize import keras_models as models

STEPS, FEATURES = 7, 4
LSTM = "UNIDIRECTIONAL_SEQUENCE_LSTM"
Layers = Callable[[Any, Any], Any]


def nested(keras: Any, x: Any) -> Any:
    """A Sequential model within a functional one, beside convolutions."""
    layers = keras.layers
    inner = keras.Sequential([layers.LSTM(5, return_sequences=True), layers.Dropout(0.3), layers.LSTM(4)])
    pooled = layers.GlobalAveragePooling1D()(layers.Conv1D(4, 3, activation="relu")(x))
    return layers.Dense(3)(layers.concatenate([pooled, inner(x)]))


MODELS: dict[str, tuple[Layers, list[str]]] = {
    "lstm": (lambda k, x: k.layers.Dense(3)(k.layers.LSTM(5)(x)), [LSTM, "STRIDED_SLICE", "FULLY_CONNECTED"]),
    "the model's output": (lambda k, x: k.layers.LSTM(3, return_sequences=True)(x), [LSTM]),
    "stacked": (lambda k, x: k.layers.LSTM(3)(k.layers.LSTM(5, return_sequences=True)(x)), [LSTM, LSTM, "STRIDED_SLICE"]),
    "backwards": (lambda k, x: k.layers.LSTM(3, go_backwards=True, return_sequences=True)(x), ["REVERSE_V2", LSTM]),
    "time distributed": (
        lambda k, x: k.layers.LSTM(4)(k.layers.TimeDistributed(k.layers.Dense(5, activation="relu"))(x)),
        ["FULLY_CONNECTED", LSTM, "STRIDED_SLICE"],
    ),
    "bidirectional": (
        lambda k, x: k.layers.Bidirectional(k.layers.LSTM(4, return_sequences=True))(x),
        ["REVERSE_V2", LSTM, LSTM, "REVERSE_V2", "CONCATENATION"],
    ),
    "nested": (nested, [LSTM, LSTM, "CONV_2D"]),
    "gru": (lambda k, x: k.layers.Dense(3)(k.layers.GRU(5)(x)), ["MCU_GRU", "STRIDED_SLICE", "FULLY_CONNECTED"]),
    "gru, reset before": (lambda k, x: k.layers.GRU(5, reset_after=False, return_sequences=True)(x), ["MCU_GRU"]),
    "bidirectional gru": (lambda k, x: k.layers.Bidirectional(k.layers.GRU(4))(x), ["MCU_GRU", "MCU_GRU", "CONCATENATION"]),
    "simple rnn": (lambda k, x: k.layers.SimpleRNN(5, return_sequences=True)(x), ["MCU_SIMPLE_RNN"]),
    "no bias": (lambda k, x: k.layers.LSTM(3, use_bias=False, return_sequences=True)(x), [LSTM]),
}
"""Models, and operators that are among theirs."""


@dataclass(frozen=True)
class Made:
    source: Path
    model: Model
    x: np.ndarray


def made(folder: Path, keras_model: Any, *, steps: int = STEPS, scheme: str = "int8") -> Made:
    x = np.random.default_rng(3).normal(size=(60, steps, FEATURES)).astype(np.float32)
    source = models.save(keras_model, folder / "model.keras")
    data = models.write_data(folder / "data.npz", x_rep=x)
    quantize_model(source, data, output=folder / "model.tflite", scheme=scheme)
    return Made(source, read_model(folder / "model.tflite"), x)


@pytest.fixture(scope="module")
def fused(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Made]:
    known: dict[str, Made] = {}

    def find(name: str) -> Made:
        if name not in known:
            known[name] = made(tmp_path_factory.mktemp("fused"), models.functional(MODELS[name][0], (STEPS, FEATURES)))
        return known[name]

    return find


def keras_outputs(one: Made) -> np.ndarray:
    with closing(KerasRunner(one.source, one.model)) as runner:
        return runner.run([one.x]).outputs[0]


def golden_outputs(one: Made, inputs: list[np.ndarray]) -> np.ndarray:
    with closing(golden_interpreter(one.model)) as runner:
        return runner.run(inputs).outputs[0]


def names(model: Model) -> list[str]:
    return [op.custom_name or op.name for op in model.main.ops]


@pytest.mark.parametrize("name", MODELS)
def test_each_layer_is_one_operator_and_no_loop_is_left(name: str, fused: Callable[[str], Made]) -> None:
    model, expected = fused(name).model, MODELS[name][1]
    found = names(model)
    assert not Counter(expected) - Counter(found), found
    assert Counter(found)[LSTM] == expected.count(LSTM)
    assert not {"WHILE", "IF", "TANH", "LOGISTIC"} & set(found)
    assert len(model.graphs) == 1
    assert {tensor.dtype for tensor in (*model.inputs, *model.outputs)} == {DType.INT8}


@pytest.mark.parametrize("name", MODELS)
def test_the_outputs_are_keras_outputs_but_for_rounding(name: str, fused: Callable[[str], Made]) -> None:
    one = fused(name)
    exact = keras_outputs(one)
    found = dequantize(golden_outputs(one, [quantize(one.x, one.model.inputs[0])]), one.model.outputs[0])
    assert found.shape == exact.shape
    assert np.sqrt(np.mean((found - exact) ** 2)) < 0.06 * exact.std()


@pytest.mark.parametrize("name", ["lstm", "bidirectional", "nested", "gru", "bidirectional gru", "simple rnn"])
def test_compiled_code_gives_the_goldens_bytes(name: str, fused: Callable[[str], Made], tmp_path: Path) -> None:
    one = fused(name)
    inputs = [quantize(one.x, one.model.inputs[0])]
    found = compiled_for_host(one.model, tmp_path).run(inputs).outputs[0]
    assert np.array_equal(found, golden_outputs(one, inputs))


@pytest.mark.parametrize("name", ["lstm", "gru", "simple rnn"])
def test_no_sequence_knows_of_those_before_it(name: str, fused: Callable[[str], Made], tmp_path: Path) -> None:
    one = fused(name)
    assert resets_first(one.model)
    inputs = [quantize(one.x, one.model.inputs[0])]
    backwards = [np.ascontiguousarray(array[::-1]) for array in inputs]
    golden = golden_outputs(one, inputs)
    assert np.array_equal(golden, golden_outputs(one, backwards)[::-1])
    assert np.array_equal(golden, compiled_for_host(one.model, tmp_path).run(backwards).outputs[0][::-1])


def test_litert_is_reset_before_each_inference_too(fused: Callable[[str], Made]) -> None:
    one = fused("lstm")
    inputs = [quantize(one.x, one.model.inputs[0])]
    with closing(LiteRtRunner(one.model)) as runner:
        found = runner.run(inputs).outputs[0]
        assert np.array_equal(found, runner.run([np.ascontiguousarray(inputs[0][::-1])]).outputs[0][::-1])


@pytest.mark.parametrize("layer", ["LSTM", "GRU", "SimpleRNN"])
def test_a_stateful_layer_goes_on_step_by_step(layer: str, tmp_path: Path) -> None:
    keras = load_tensorflow().keras
    entry = keras.Input(batch_shape=(1, 1, FEATURES), name="x")
    one = made(tmp_path, keras.Model(entry, keras.layers.Dense(3)(getattr(keras.layers, layer)(6, stateful=True)(entry))), steps=1)
    assert not resets_first(one.model)
    inputs = [quantize(one.x, one.model.inputs[0])]
    golden = golden_outputs(one, inputs)
    assert np.array_equal(golden, compiled_for_host(one.model, tmp_path / "host").run(inputs).outputs[0])
    exact = keras_outputs(one)
    assert np.sqrt(np.mean((dequantize(golden, one.model.outputs[0]) - exact) ** 2)) < 0.06 * exact.std()
    once = golden_outputs(one, [np.ascontiguousarray(inputs[0][7:8])])
    assert not np.array_equal(once[0], golden[7])


def test_floats_at_the_ends_surround_the_same_integers(tmp_path: Path) -> None:
    one = made(tmp_path, models.functional(MODELS["lstm"][0], (STEPS, FEATURES)), scheme="int8-float-io")
    assert {tensor.dtype for tensor in (*one.model.inputs, *one.model.outputs)} == {DType.FLOAT32}
    assert names(one.model)[0] == "QUANTIZE"
    assert names(one.model)[-1] == "DEQUANTIZE"


def test_an_lstm_of_16_units_over_50_steps_is_less_than_5_kb(tmp_path: Path) -> None:
    model = made(tmp_path, models.functional(lambda k, x: k.layers.LSTM(16)(x), (50, FEATURES)), steps=50).model
    constants = sum(constant.array.nbytes for step in compile_model(model, Target()).steps for constant in step.constants)
    assert constants < 2200
    assert len(model.main.ops) == 2


def test_tflm_refuses_the_toolkits_own_operators_and_names_what_takes_them(fused: Callable[[str], Made]) -> None:
    model, board = fused("gru").model, load_board("netduinoplus2")
    assert not findings_of(get_runtime("aot"), model, board)
    [finding, *_] = findings_of(get_runtime("tflm"), model, board)
    assert "a GRU layer as one operator of this toolkit's own" in finding.found
    assert "--runtime aot" in str(finding.remedy)


REFUSED: dict[str, tuple[Layers, str]] = {
    "activation": (lambda k, x: k.layers.LSTM(3, activation="relu", name="m")(x), "layer 'm' has activation='relu'"),
    "gate": (lambda k, x: k.layers.GRU(3, recurrent_activation="hard_sigmoid", name="m")(x), "has recurrent_activation='hard_sigmoid'"),
    "mask": (lambda k, x: k.layers.LSTM(3, name="m")(k.layers.Masking()(x)), "skips steps by a mask"),
    "state": (lambda k, x: k.layers.LSTM(3, return_state=True, name="m")(x)[1], "returns its state"),
    "first state": (
        lambda k, x: k.layers.LSTM(3, name="m")(x, initial_state=[k.layers.Dense(3)(x[:, 0]), k.layers.Dense(3)(x[:, 1])]),
        "is given its first state",
    ),
    "other cell": (lambda k, x: k.layers.RNN(k.layers.StackedRNNCells([k.layers.LSTMCell(3)]), name="m")(x), "is a RNN of StackedRNNCells"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_fused_form_is_refused_with_the_reason(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModelError) as error:
        made(tmp_path, models.functional(REFUSED[name][0], (STEPS, FEATURES)))
    assert REFUSED[name][1] in error.value.what
    assert "unroll=True" in (error.value.hint or "")


def test_training_for_quantization_is_refused(tmp_path: Path) -> None:
    source = models.save(models.functional(MODELS["gru"][0], (STEPS, FEATURES)), tmp_path / "m.keras")
    x = models.random_samples(STEPS, FEATURES, samples=60)
    data = models.write_data(tmp_path / "d.npz", x_rep=x, x_train=x, y_train=np.arange(60) % 3)
    with pytest.raises(InputError, match="--qat of a model with recurrent layers"):
        quantize_model(source, data, output=tmp_path / "m.tflite", qat=QatOptions(epochs=1))
    assert not (tmp_path / "m.tflite").exists()


def test_schemes_for_single_layers_are_refused(tmp_path: Path) -> None:
    source = models.save(models.functional(MODELS["lstm"][0], (STEPS, FEATURES)), tmp_path / "m.keras")
    data = models.write_data(tmp_path / "d.npz", x_rep=models.random_samples(STEPS, FEATURES, samples=60))
    options = ConvertOptions(layer_schemes=(LayerScheme("dense", "int16x8"),))
    with pytest.raises(InputError, match="schemes for single layers of a model with recurrent layers"):
        quantize_model(source, data, output=tmp_path / "m.tflite", options=options)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_state_that_cannot_be_kept_is_refused(backwards: bool, tmp_path: Path) -> None:
    keras = load_tensorflow().keras
    entry = keras.Input(batch_shape=(1, STEPS, FEATURES), name="x")
    first = keras.layers.LSTM(3, stateful=True, go_backwards=backwards, return_sequences=True, name="m")(entry)
    model = keras.Model(entry, first if backwards else keras.layers.GRU(3, name="n")(first))
    wanted = "keeps its state and goes backwards" if backwards else r"stateful=True in some recurrent layers and not in others \('n'\)"
    with pytest.raises(UnsupportedModelError, match=wanted):
        made(tmp_path, model)


def test_a_float_tflite_with_a_recurrent_operator_is_refused_with_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "require_edge_quantizer", lambda *_: None)  # a look at the model comes first
    builder = ModelBuilder()
    x = builder.tensor([1, STEPS, FEATURES], "float32", name="x")
    kernels = [builder.tensor([3, FEATURES], "float32", data=np.ones((3, FEATURES))) for _ in range(4)]
    recurrent = [builder.tensor([3, 3], "float32", data=np.ones((3, 3))) for _ in range(4)]
    biases = [builder.tensor([3], "float32", data=np.zeros(3)) for _ in range(4)]
    states = [builder.tensor([1, 3], "float32", is_variable=True) for _ in range(2)]
    y = builder.tensor([1, STEPS, 3], "float32", name="y")
    operands = [x, *kernels, *recurrent, -1, -1, -1, *biases, -1, -1, *states, -1, -1, -1, -1]
    builder.op(LSTM, operands, [y], fused_activation_function="TANH", time_major=False)
    (tmp_path / "m.tflite").write_bytes(builder.build([x], [y]))
    data = models.write_data(tmp_path / "d.npz", x_rep=models.random_samples(STEPS, FEATURES, samples=60))
    with pytest.raises(UnsupportedModelError, match=rf"has state or loops \({LSTM}\)") as error:
        quantize_model(tmp_path / "m.tflite", data, output=tmp_path / "out.tflite")
    assert error.value.hint == "give the .keras file: of it LSTM, GRU and SimpleRNN become one operator each"


def test_int16_is_refused_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="recurrent layers under scheme int16x8") as error:
        made(tmp_path, models.functional(MODELS["lstm"][0], (STEPS, FEATURES)), scheme="int16x8")
    assert error.value.expected == "one of int8, int8-float-io"
