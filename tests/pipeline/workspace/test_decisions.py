"""Which runtime takes a model: both runtimes and all hints say the same, and no hint names a runtime that refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.pipeline.inspection.inspect import inspect
from mcu_toolkit.pipeline.inspection.next_step import next_step
from mcu_toolkit.pipeline.workspace.decisions import findings_of, other_runtimes
from mcu_toolkit.pipeline.workspace.inputs import refuse_unsupported
from mcu_toolkit.runtimes import all_runtimes, get_runtime
from mcu_toolkit.runtimes.aot.ops.registry import all_operators
from mcu_toolkit.runtimes.custom_operators import CUSTOM_OPERATORS
from mcu_toolkit.runtimes.tflm.operators import CUSTOM_METHODS
from tests import small_models
from tests.model_builder import ModelBuilder

BOARD = load_board("netduinoplus2")


def compiled_for_an_npu(custom_name: str) -> Model:
    """As NPU compilers leave models: one operator that reads a stream of commands, weights, and memory that nobody makes."""
    builder = ModelBuilder()
    x, y = builder.tensor([1, 4], "int8", 0.5), builder.tensor([1, 4], "int8", 0.5)
    stream = builder.tensor([16], "uint8", data=[7] * 16)
    scratch = builder.tensor([64], "uint8")
    builder.op(custom_name, [stream, scratch, x], [y])
    return parse_model(builder.build([x], [y]), "npu")


def with_a_float_fallback(name: str) -> Model:
    """An int8 model with one operator in floating point."""
    builder = ModelBuilder()
    x, y = builder.tensor([1, 4], "int8", 0.5), builder.tensor([1, 4], "int8", 0.5)
    real, result = builder.tensor([1, 4], "float32"), builder.tensor([1, 4], "float32")
    builder.op("DEQUANTIZE", [x], [real]).op(name, [real], [result]).op("QUANTIZE", [result], [y])
    return parse_model(builder.build([x], [y]), name)


def broadcast_to_an_input() -> Model:
    builder = ModelBuilder()
    x, shape, y = builder.tensor([1, 4], "int8", 0.5), builder.tensor([2], "int32"), builder.tensor([3, 4], "int8", 0.5)
    builder.op("BROADCAST_TO", [x, shape], [y], version=2)
    return parse_model(builder.build([x, shape], [y]), "broadcast")


def refusal(model: Model, runtime: str) -> UnsupportedModelError:
    with pytest.raises(UnsupportedModelError) as caught:
        refuse_unsupported(model, get_runtime(runtime), BOARD)
    return caught.value


@pytest.mark.parametrize(
    ("custom_name", "processor", "compiler"),
    [("ethos-u", "an Arm Ethos-U", "Vela"), ("edgetpu-custom-op", "a Google Edge TPU", "edgetpu_compiler")],
)
@pytest.mark.parametrize("runtime", ["aot", "tflm"])
def test_a_model_compiled_for_another_processor_is_named_as_such(custom_name: str, processor: str, compiler: str, runtime: str) -> None:
    model = compiled_for_an_npu(custom_name)
    error = refusal(model, runtime)
    assert f"compiled for {processor} by {compiler}" in error.what
    assert f"give the original .tflite, from before {compiler}" in error.what
    assert "before it is made" not in error.what
    assert error.hint is None
    text = "\n".join(inspect(model, BOARD).lines)
    assert "takes it" not in text
    assert f"{custom_name}: the model was compiled for {processor}" in text


def test_runtimes_name_the_custom_operators_that_they_have_kernels_for() -> None:
    assert get_runtime("tflm").traits.custom_operators == set(CUSTOM_METHODS)
    assert get_runtime("aot").traits.custom_operators == set(CUSTOM_OPERATORS) & set(all_operators())
    assert {name for runtime in all_runtimes() for name in runtime.traits.custom_operators} <= set(CUSTOM_OPERATORS)


def test_a_runtime_is_named_where_it_takes_what_another_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tflite_micro", reason="the tflite-micro wheel exists for Linux on x86-64 only")
    monkeypatch.delenv("MCU_TFLM_LIBRARY", raising=False)
    needs = "; it needs the TFLM library, in a folder (--tflm-library) or fetched by PlatformIO at the first build"
    assert refusal(with_a_float_fallback("COS"), "aot").hint == f"--runtime tflm, which takes it{needs}"
    assert refusal(with_a_float_fallback("RELU_N1_TO_1"), "tflm").hint == "--runtime aot, which takes it"


@pytest.mark.parametrize("model", [broadcast_to_an_input(), with_a_float_fallback("SIGN")], ids=lambda model: model.name)
def test_no_runtime_is_named_that_refuses_too(model: Model) -> None:
    pytest.importorskip("tflite_micro", reason="the tflite-micro wheel exists for Linux on x86-64 only")
    for runtime in all_runtimes():
        assert findings_of(runtime, model, BOARD)
        assert other_runtimes(runtime, model, BOARD) == ()
        assert "--runtime" not in str(refusal(model, runtime.name))


def detections_of_nothing() -> Model:
    """A detection's last operator, known to TFLM by name, without its inputs and options."""
    builder = ModelBuilder()
    x, y = builder.tensor([1, 4], "int8", 0.5), builder.tensor([1, 4], "int8", 0.5)
    builder.op("TFLite_Detection_PostProcess", [x], [y])
    return parse_model(builder.build([x], [y]), "detections")


def test_a_runtime_whose_interpreter_crashes_does_not_take_the_model() -> None:
    pytest.importorskip("tflite_micro", reason="the tflite-micro wheel exists for Linux on x86-64 only")
    model, tflm = detections_of_nothing(), get_runtime("tflm")
    assert not tflm.check(model, BOARD)
    (finding,) = findings_of(tflm, model, BOARD)
    assert "TFLM's interpreter crashed on this model (killed by SIG" in finding.found
    assert refusal(model, "aot").hint is None
    assert "takes it" not in "\n".join(inspect(model, BOARD).lines)


def test_what_tables_do_not_know_the_interpreter_says() -> None:
    pytest.importorskip("tflite_micro", reason="the tflite-micro wheel exists for Linux on x86-64 only")
    model = broadcast_to_an_input()
    tflm = get_runtime("tflm")
    assert not tflm.check(model, BOARD)
    (finding,) = findings_of(tflm, model, BOARD)
    assert "TFLM's interpreter refuses the model" in finding.found


def test_a_model_that_no_board_takes_is_not_to_be_deployed_next() -> None:
    good, path = parse_model(small_models.fully_connected(inputs=4, outputs=2), "good"), Path("a model.tflite")
    assert next_step(good, path).command == "mcu deploy 'a model.tflite'"
    assert next_step(compiled_for_an_npu("ethos-u"), path).command == "mcu inspect 'a model.tflite'"
    builder = ModelBuilder()
    x, y = builder.tensor([1, 4], "float32"), builder.tensor([1, 4], "float32")
    builder.op("RELU", [x], [y])
    assert next_step(parse_model(builder.build([x], [y]), "float"), path).command == "mcu inspect 'a model.tflite'"
