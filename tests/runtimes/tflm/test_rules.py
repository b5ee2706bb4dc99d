"""Combinations of model and library that give wrong numbers are refused before anything is built."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.cli import main
from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runners import TflmRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.tflm import TflmRuntime
from mcu_toolkit.runtimes.tflm.facts import find_sources, read_facts
from mcu_toolkit.runtimes.tflm.library import DEFAULT_LIBRARY, open_library
from mcu_toolkit.runtimes.tflm.rules import RULES, rounding_notes
from tests.model_builder import ModelBuilder
from tests.ops.recurrent.models import lstm_model
from tests.runtimes.tflm.stub_library import Age, write_library
from tests.small_models import convolution, fully_connected

BOARD = load_board("netduinoplus2")
OPTION = "_experimental_disable_per_channel_quantization_for_dense_layers = True"


def per_channel_dense_bytes() -> bytes:
    """What TensorFlow 2.21 makes of a dense layer: one weight scale a channel."""
    builder = ModelBuilder()
    scales = [0.01, 0.02, 0.03, 0.04]
    x = builder.tensor([1, 6], "int8", 0.05, 3, name="x")
    weights = builder.tensor([4, 6], "int8", data=np.arange(24).reshape(4, 6), scales=scales, name="weights")
    bias = builder.tensor([4], "int32", data=[1, 2, 3, 4], scales=[0.05 * scale for scale in scales], name="bias")
    y = builder.tensor([1, 4], "int8", 0.04, -128, name="hidden")
    builder.op("FULLY_CONNECTED", [x, weights, bias], [y], fused_activation_function="RELU", version=4)
    return builder.build([x], [y])


def per_channel_dense() -> Model:
    return parse_model(per_channel_dense_bytes(), "dense")


def one_operator(name: str, shape: list[int], *, dtype: str = "int8", **options: object) -> Model:
    builder = ModelBuilder()
    x = builder.tensor(shape, dtype, 0.1, 0, name="x")
    y = builder.tensor(shape, dtype, 0.1, 0, name="y")
    builder.op(name, [x], [y], **options)
    return parse_model(builder.build([x], [y]), name.lower())


def findings(model: Model, folder: Path, age: Age) -> list[str]:
    return [str(finding) for finding in TflmRuntime(str(write_library(folder, age))).check(model, BOARD)]


def test_a_per_channel_dense_layer_is_refused_with_an_old_library_that_would_compute_it_wrong(tmp_path: Path) -> None:
    [finding] = findings(per_channel_dense(), tmp_path / "old", "2023")
    assert "op 0 FULLY_CONNECTED 'hidden'" in finding
    assert "one weight scale a channel" in finding
    assert "computes wrong without saying so" in finding
    assert "TFLM of 2024-09 or later" in finding
    assert OPTION in finding


def test_nothing_is_generated_for_it(tmp_path: Path) -> None:
    runtime = TflmRuntime(str(write_library(tmp_path / "old", "2023")))
    with pytest.raises(UnsupportedModelError, match=re.escape(OPTION)):
        generate_project([per_channel_dense()], BOARD, runtime, tmp_path / "project")
    assert not (tmp_path / "project").exists()


def test_the_command_refuses_it_as_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dense.tflite").write_bytes(per_channel_dense_bytes())
    library = str(write_library(tmp_path / "old", "2023"))
    command = ["mcu", "generate", "dense.tflite", "--board", "netduinoplus2", "--runtime", "tflm", "--tflm-library", library, "-o", "out"]
    monkeypatch.setattr("sys.argv", command)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "computes wrong without saying so" in told.replace("\n", " ")
    assert OPTION in told.replace("\n", " ")
    assert not Path("out").exists()


def test_the_default_library_refuses_it_too_though_it_is_not_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MCU_TFLM_LIBRARY", raising=False)
    [finding] = TflmRuntime().check(per_channel_dense(), BOARD)
    assert "Chirale_TensorFLowLite@2.0.0" in finding.found
    assert "wrong" in finding.found


def test_a_library_of_summer_2024_refuses_it_itself_and_the_message_says_so(tmp_path: Path) -> None:
    [finding] = findings(per_channel_dense(), tmp_path / "middle", "2024-06")
    assert "refuses at start-up" in finding


def test_a_new_library_takes_it(tmp_path: Path) -> None:
    assert findings(per_channel_dense(), tmp_path / "new", "2026") == []


@pytest.mark.parametrize("age", ["2023", "2024-06", "2026"])
def test_per_tensor_dense_layers_and_per_channel_convolutions_run_on_every_library(tmp_path: Path, age: Age) -> None:
    for number, content in enumerate((fully_connected(softmax=True), convolution())):
        assert findings(parse_model(content, "m"), tmp_path / f"{number}", age) == []


def test_an_operator_that_the_library_does_not_have_yet_is_named(tmp_path: Path) -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 4], "int8", 0.1, 0)
    axis = builder.tensor([1], "int32", data=[1])
    y = builder.tensor([1, 4], "int8", 0.1, 0)
    builder.op("REVERSE_V2", [x, axis], [y])
    model = parse_model(builder.build([x], [y]), "m")
    [finding] = findings(model, tmp_path / "old", "2023")
    assert "has no AddReverseV2" in finding
    assert findings(model, tmp_path / "new", "2026") == []


def test_an_activation_that_old_kernels_ignore_is_refused(tmp_path: Path) -> None:
    def model(activation: str) -> Model:
        builder = ModelBuilder()
        shape = builder.tensor([4], "int32", data=[1, 4, 4, 2])
        weights = builder.tensor([2, 2, 2, 1], "int8", 0.1, 0, data=np.ones((2, 2, 2, 1)))
        x = builder.tensor([1, 2, 2, 1], "int8", 0.1, 0)
        y = builder.tensor([1, 4, 4, 2], "int8", 0.1, 0)
        options = {"padding": "SAME", "stride_w": 2, "stride_h": 2, "fused_activation_function": activation}
        builder.op("TRANSPOSE_CONV", [shape, weights, x], [y], **options)
        return parse_model(builder.build([x], [y]), "m")

    [finding] = findings(model("RELU"), tmp_path / "a", "2024-06")
    assert "activation fused into TRANSPOSE_CONV" in finding
    assert findings(model("NONE"), tmp_path / "b", "2024-06") == []
    assert findings(model("RELU"), tmp_path / "c", "2026") == []


def test_sixteen_bit_transposition_needs_a_library_that_knows_it(tmp_path: Path) -> None:
    builder = ModelBuilder()
    x = builder.tensor([2, 3], "int16", 0.1, 0)
    order = builder.tensor([2], "int32", data=[1, 0])
    y = builder.tensor([3, 2], "int16", 0.1, 0)
    builder.op("TRANSPOSE", [x, order], [y])
    model = parse_model(builder.build([x], [y]), "m")
    [finding] = findings(model, tmp_path / "old", "2024-06")
    assert "16-bit activations in TRANSPOSE" in finding
    assert "refuses at start-up" in finding
    assert findings(model, tmp_path / "new", "2026") == []


def test_rounding_of_old_mean_is_noted_not_refused(tmp_path: Path) -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 4, 2], "int8", 0.1, 3)
    axis = builder.tensor([1], "int32", data=[1])
    y = builder.tensor([1, 2], "int8", 0.1, 3)
    builder.op("MEAN", [x, axis], [y], keep_dims=False)
    model = parse_model(builder.build([x], [y]), "m")
    assert findings(model, tmp_path / "old", "2023") == []
    old, new = (open_library(str(path)) for path in (tmp_path / "old", write_library(tmp_path / "new")))
    assert old.facts is not None
    assert new.facts is not None
    [note] = rounding_notes(model, old.facts, "old")
    assert "op 0 MEAN" in note
    assert rounding_notes(model, new.facts, "new") == []


def test_hybrid_and_uint8_layers_and_unknown_operators_are_refused_whatever_the_library(tmp_path: Path) -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 6], "float32", name="x")
    weights = builder.tensor([4, 6], "int8", 0.1, 0, data=np.zeros((4, 6)), name="w")
    y = builder.tensor([1, 4], "float32", name="y")
    builder.op("FULLY_CONNECTED", [x, weights], [y], fused_activation_function="NONE")
    [hybrid] = findings(parse_model(builder.build([x], [y]), "m"), tmp_path / "a", "2026")
    assert "hybrid: float activations with INT8 weights" in hybrid
    assert "--scheme int8" in hybrid

    builder = ModelBuilder()
    x = builder.tensor([1, 6], "uint8", 0.1, 3)
    weights = builder.tensor([4, 6], "uint8", 0.1, 0, data=np.zeros((4, 6)))
    y = builder.tensor([1, 4], "uint8", 0.1, 3)
    builder.op("FULLY_CONNECTED", [x, weights], [y], fused_activation_function="NONE")
    [old] = findings(parse_model(builder.build([x], [y]), "m"), tmp_path / "b", "2026")
    assert "uint8" in old

    [unknown] = findings(one_operator("GELU", [1, 4], approximate=False), tmp_path / "c", "2026")
    assert "TFLM has no such operator" in unknown


def test_the_default_librarys_recorded_facts_are_those_of_its_age(tmp_path: Path) -> None:
    recorded = open_library(DEFAULT_LIBRARY).facts
    root = find_sources(write_library(tmp_path / "old", "2023"))
    assert recorded is not None
    assert root is not None
    assert recorded.methods - {"AddBuiltin", "AddCustom"} == read_facts(root).methods
    assert recorded.age == "TFLM from before 2023-03"


def test_a_float_model_is_quantized_as_the_library_needs_it_and_the_reason_is_given(tmp_path: Path) -> None:
    old, new = (TflmRuntime(str(write_library(tmp_path / age, age))) for age in ("2023", "2026"))
    assert "would run a scale a channel wrong" in old.wants_per_tensor_dense(BOARD)
    assert new.wants_per_tensor_dense(BOARD) == ""
    assert "not known before it is fetched" in TflmRuntime("someone/Other@1").wants_per_tensor_dense(BOARD)
    assert get_runtime("aot").wants_per_tensor_dense(BOARD) == ""


def conv(*, bias: str | None, activations: str = "int8", name: str = "CONV_2D") -> Model:
    builder = ModelBuilder()
    x = builder.tensor([1, 4, 4, 2], activations, 0.1, 0)
    weights = builder.tensor(
        [2, 1, 1, 2] if name == "CONV_2D" else [1, 1, 1, 2], "int8", 0.1, 0, data=np.ones(4 if name == "CONV_2D" else 2)
    )
    y = builder.tensor([1, 4, 4, 2], activations, 0.1, 0)
    inputs = [x, weights] if bias is None else [x, weights, builder.tensor([2], bias, 0.01, 0, data=[1, 2])]
    options = {"padding": "SAME", "stride_w": 1, "stride_h": 1, "fused_activation_function": "NONE"}
    builder.op(name, inputs, [y], **options, **({"depth_multiplier": 1} if name == "DEPTHWISE_CONV_2D" else {}))
    return parse_model(builder.build([x], [y]), "m")


@pytest.mark.parametrize(("name", "age", "is_refused"), [
    ("CONV_2D", "2023", True), ("CONV_2D", "2024-06", False), ("DEPTHWISE_CONV_2D", "2024-06", True), ("DEPTHWISE_CONV_2D", "2026", False),
])  # fmt: skip
def test_a_convolution_without_a_bias_stops_old_libraries(tmp_path: Path, name: str, age: Age, is_refused: bool) -> None:
    found = findings(conv(bias=None, name=name), tmp_path / "lib", age)
    assert ["without a bias" in one and "stops at, in an assertion" in one for one in found] == ([True] if is_refused else [])
    assert findings(conv(bias="int32", name=name), tmp_path / "other", age) == []


def test_a_bias_of_32_bits_beside_16_bit_activations_is_read_as_64_bits_by_old_libraries(tmp_path: Path) -> None:
    [found] = findings(conv(bias="int32", activations="int16"), tmp_path / "old", "2023")
    assert "computes wrong without saying so" in found
    assert findings(conv(bias="int64", activations="int16"), tmp_path / "wide", "2023") == []
    assert findings(conv(bias="int32", activations="int16"), tmp_path / "new", "2026") == []


def test_the_page_lists_every_rule() -> None:
    page = (Path(__file__).parents[3] / "docs/how-to/tflm.md").read_text()
    listed = set(re.findall(r"^\| (.+?) \| (\d{4}-\d\d) \|", page, re.MULTILINE))
    assert listed == {(rule.feature, rule.month) for rule in RULES}


@pytest.mark.parametrize("name", ["TRANSPOSE_CONV", "MEAN", "FULLY_CONNECTED", "CONV_2D", "UNPACK"])
def test_an_operator_without_tensors_is_judged_without_a_crash(name: str) -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 2], "int8", 0.1, name="x")
    model = parse_model(builder.op(name, [], []).build([x], [x]), "damaged")
    assert get_runtime("aot").check(model, BOARD)
    get_runtime("tflm").check(model, BOARD)  # it may leave the refusal to TFLM


def joined(inputs: int) -> Model:
    builder = ModelBuilder()
    x = builder.tensor([1, 2], "int8", 0.1, 0, name="x")
    y = builder.tensor([1, 2 * inputs], "int8", 0.1, 0, name="y")
    builder.op("CONCATENATION", [x] * inputs, [y], axis=1, fused_activation_function="NONE")
    return parse_model(builder.build([x], [y]), "joined")


def test_more_inputs_than_a_concatenation_of_tflm_takes_are_refused_as_its_interpreter_does(tmp_path: Path) -> None:
    assert findings(joined(10), tmp_path / "ten", "2026") == []
    run_once(joined(10))
    [finding] = findings(joined(11), tmp_path / "eleven", "2026")
    assert "11 inputs, which TFLM refuses at start-up; expected at most 10" in finding
    with pytest.raises(UnsupportedModelError, match="kMaxInputNum"):
        run_once(joined(11))


def run_once(model: Model) -> None:
    with closing(TflmRunner(model)) as runner:
        runner.run([np.zeros((1, 2), np.int8)])


def test_an_lstm_is_said_to_differ_only_where_the_library_has_a_second_implementation(tmp_path: Path) -> None:
    model = parse_model(lstm_model(), "m")
    plain = open_library(str(write_library(tmp_path / "plain", optimized=True)))
    assert plain.facts is not None
    assert plain.facts.kernels == "CMSIS-NN"
    assert rounding_notes(model, plain.facts, "plain") == []
    folder = write_library(tmp_path / "own", optimized=True)
    (folder / "tensorflow/lite/micro/kernels/cmsis_nn/unidirectional_sequence_lstm.cc").write_text("int x;")
    own = open_library(str(folder))
    assert own.facts is not None
    [note] = rounding_notes(model, own.facts, "own")
    assert "CMSIS-NN's LSTM differs from the reference kernel" in note
