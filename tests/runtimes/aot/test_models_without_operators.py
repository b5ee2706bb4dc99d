"""Models in which nothing happens: outputs that are inputs or constants, no outputs, no inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.pipeline.inspection.inspect import inspect
from mcu_toolkit.pipeline.workspace.inputs import refuse_unsupported
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from mcu_toolkit.runners import AotHostRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.base import RuntimeOptions
from tests.model_builder import ModelBuilder
from tests.ops.harness import check_model, compile_library, golden_outputs

BOARDS = ["netduinoplus2", "mps3-an547", "microbit", "host"]
LIMITS = [None, 1, 100, 100_000]


def model(kind: str) -> Model:
    builder = ModelBuilder()
    x, y = builder.tensor([1, 1960], "int8", 0.5), builder.tensor([1, 40], "int8", 0.5)
    fixed = builder.tensor([1, 3], "int8", 0.5, data=[1, 2, 3])
    if kind == "input and output of an operator":
        builder.op("RELU", [x], [again := builder.tensor([1, 1960], "int8", 0.5)])
        return parse_model(builder.build([x], [x, again]), "both")
    ends = {
        "output is input": ([x], [x]),
        "the same twice": ([x], [x, x]),
        "a constant too": ([x], [fixed, x]),
        "no outputs": ([x], []),
        "no inputs": ([], [fixed]),
        "nothing": ([], []),
        "never made": ([x], [y]),
    }
    return parse_model(builder.build(*ends[kind]), "no_operators")


@pytest.mark.parametrize("kind", ["output is input", "the same twice", "a constant too", "input and output of an operator"])
def test_what_is_passed_through_is_passed_through(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("tflite_micro", reason="the tflite-micro wheel exists for Linux on x86-64 only")
    one = model(kind)
    check_model(AotHostRunner(compile_library([one], tmp_path), one), one, kind, golden=golden_outputs)


@pytest.mark.parametrize("kind", ["output is input", "a constant too"])
@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_of_the_arena_holds_or_is_refused_with_what_is_needed(kind: str, board: str, limit: int | None) -> None:
    runtime = get_runtime("aot").configured(RuntimeOptions(max_arena_bytes=limit))
    if limit is not None and limit < 1960:
        with pytest.raises(UnsupportedModelError, match=f"do not fit into an arena of {limit} bytes") as caught:
            runtime.contribute([model(kind)], load_board(board))
        assert caught.value.expected == "--max-arena of at least 1960"
    else:
        assert runtime.contribute([model(kind)], load_board(board)).arena_bytes == 1960


@pytest.mark.parametrize(
    ("kind", "found"),
    [("no outputs", "no outputs"), ("no inputs", "no inputs"), ("nothing", "no inputs"), ("never made", "output tensor 1 is never made")],
)
@pytest.mark.parametrize("runtime", ["aot", "tflm"])
def test_what_cannot_be_run_is_refused_by_name(kind: str, found: str, runtime: str) -> None:
    one, board = model(kind), load_board("netduinoplus2")
    assert inspect(one, board).lines
    with pytest.raises(UnsupportedModelError, match=found):
        refuse_unsupported(one, get_runtime(runtime), board)


def in_float(kind: str) -> Model:
    builder = ModelBuilder()
    x, y = builder.tensor([1, 4], "float32"), builder.tensor([1, 4], "float32")
    fixed = builder.tensor([1, 3], "float32", data=[1.0, 2.0, 3.0])
    ends = {"no inputs": ([], [y]), "no outputs": ([x], []), "never made": ([x], [y]), "no operators": ([x], [x, fixed])}
    if kind == "no inputs":
        builder.op("ABS", [fixed], [y])
    return parse_model(builder.build(*ends[kind]), "float")


@pytest.mark.parametrize("kind", ["no inputs", "no outputs", "never made", "no operators"])
def test_what_is_missing_is_said_before_that_a_model_is_to_be_quantized(kind: str) -> None:
    one, board = in_float(kind), load_board("netduinoplus2")
    with pytest.raises(UnsupportedModelError, match=kind) as caught:
        refuse_unsupported(one, get_runtime("aot"), board)
    assert "mcu quantize" not in str(caught.value)
    advice = inspect(one, board).facts.advice
    assert kind in advice[0]
    assert "mcu quantize" not in str(advice)


@pytest.mark.parametrize("kind", ["no inputs", "no outputs"])
def test_no_inputs_are_made_for_a_model_without_ends(kind: str) -> None:
    with pytest.raises(UnsupportedModelError, match=f"the model has {kind}"):
        load_inputs(in_float(kind), None, None, 0)


def test_a_file_without_a_graph_is_damaged() -> None:
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    empty = schema.ModelT()
    empty.version = 3
    packer = flatbuffers.Builder(64)
    packer.Finish(empty.Pack(packer), b"TFL3")
    with pytest.raises(InputError, match="it holds no graph"):
        parse_model(bytes(packer.Output()), "empty")
