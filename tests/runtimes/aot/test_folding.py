"""Constant folding: what is computed when the model is compiled is what LiteRT computes while the model runs."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runners import AotHostRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.aot.ir.operator import OpView
from mcu_toolkit.runtimes.aot.passes.checks import check_model
from mcu_toolkit.runtimes.aot.passes.evaluate import COMPUTING
from mcu_toolkit.runtimes.aot.passes.evaluate_data_movement import MOVING
from mcu_toolkit.runtimes.aot.passes.fold_constants import constant_results, fold
from tests.model_builder import ModelBuilder
from tests.ops.harness import check_model as check_against
from tests.ops.harness import compile_library, golden_outputs, litert_outputs
from tests.small_models import fully_connected

INT_MAX = 2**31 - 1


def shape_chain(builder: ModelBuilder, x: int, rank: int, *rest: int) -> int:
    """[first dimension of `x`, *rest], calculated while the model runs."""
    shape, batch = builder.tensor([rank], "int32"), builder.tensor([], "int32")
    begin, end, step = (builder.tensor([1], "int32", data=[value]) for value in (0, 1, 1))
    builder.op("SHAPE", [x], [shape], out_type="INT32")
    builder.op("STRIDED_SLICE", [shape, begin, end, step], [batch], shrink_axis_mask=1)
    packed = builder.tensor([1 + len(rest)], "int32")
    builder.op("PACK", [batch, *(builder.tensor([], "int32", data=[size]) for size in rest)], [packed], values_count=1 + len(rest), axis=0)
    return packed


def tile_by_a_shape() -> bytes:
    builder = ModelBuilder()
    x = builder.tensor([1, 2, 3], "int8", 0.5, shape_signature=[-1, 2, 3])
    y = builder.tensor([1, 4, 9], "int8", 0.5, shape_signature=[-1, 4, 9])
    builder.op("TILE", [x, shape_chain(builder, x, 3, 2, 3)], [y])
    return builder.build([x], [y])


def broadcast_to_a_shape() -> bytes:
    builder = ModelBuilder()
    x = builder.tensor([1, 1, 3], "int8", 0.5)
    y = builder.tensor([1, 4, 3], "int8", 0.5)
    builder.op("BROADCAST_TO", [x, shape_chain(builder, x, 3, 4, 3)], [y], version=2)
    return builder.build([x], [y])


def reshape_and_fill_by_a_shape() -> bytes:
    builder = ModelBuilder()
    x, y, filled, total = (builder.tensor(shape, "int8", 0.5) for shape in ([1, 6], [1, 2, 3], [1, 2, 3], [1, 2, 3]))
    builder.op("RESHAPE", [x, shape_chain(builder, x, 2, 2, 3)], [y], new_shape=[])
    builder.op("FILL", [shape_chain(builder, x, 2, 2, 3), builder.tensor([], "int8", 0.5, data=[5])], [filled])
    builder.op("ADD", [y, filled], [total])
    return builder.build([x], [total])


def slice_by_calculated_bounds() -> bytes:
    """x[:, 1:width // 2] with the width taken from the tensor's shape, by way of MUL, FLOOR_DIV, SUB and CONCATENATION."""
    builder = ModelBuilder()
    x, y, shape = builder.tensor([1, 8], "int8", 0.5), builder.tensor([1, 3], "int8", 0.5), builder.tensor([2], "int32")
    builder.op("SHAPE", [x], [shape], out_type="INT32")
    one, two, width, half = (builder.tensor([1], "int32", data=data) for data in ([1], [2], None, None))
    builder.op("GATHER", [shape, one], [width], axis=0)
    builder.op("FLOOR_DIV", [width, two], [half])
    size, count = builder.tensor([2], "int32"), builder.tensor([1], "int32")
    builder.op("SUB", [half, one], [count])
    builder.op("CONCATENATION", [one, count], [size], axis=0)
    builder.op("SLICE", [x, builder.tensor([2], "int32", data=[0, 1]), size], [y])
    return builder.build([x], [y])


def tile_by_a_shape_backwards() -> bytes:
    builder = ModelBuilder()
    x, y, shape, counts = (builder.tensor(*of) for of in (([1, 4], "int8", 0.5), ([4, 4], "int8", 0.5), ([2], "int32"), ([2], "int32")))
    builder.op("SHAPE", [x], [shape], out_type="INT32")
    builder.op("REVERSE_V2", [shape, builder.tensor([1], "int32", data=[0])], [counts])
    builder.op("TILE", [x, counts], [y])
    return builder.build([x], [y])


def tile_by_a_chosen_shape() -> bytes:
    builder = ModelBuilder()
    x, y, shape, counts = (builder.tensor(*of) for of in (([1, 4], "int8", 0.5), ([1, 12], "int8", 0.5), ([2], "int32"), ([2], "int32")))
    builder.op("SHAPE", [x], [shape], out_type="INT32")
    condition, other = builder.tensor([2], "bool", data=[True, False]), builder.tensor([2], "int32", data=[3, 3])
    builder.op("SELECT", [condition, shape, other], [counts])
    builder.op("TILE", [x, counts], [y])
    return builder.build([x], [y])


CHAINS = [
    tile_by_a_shape_backwards,
    tile_by_a_chosen_shape,
    tile_by_a_shape,
    broadcast_to_a_shape,
    reshape_and_fill_by_a_shape,
    slice_by_calculated_bounds,
]


@pytest.mark.parametrize("made", CHAINS)
def test_a_shape_that_is_constant_in_truth_is_computed_when_the_model_is_compiled(made: Callable[[], bytes], tmp_path: Path) -> None:
    model = parse_model(made(), made.__name__)
    assert not check_model(model)
    names = [op.name for op in fold(model.main).ops]
    assert not {"SHAPE", "PACK", "GATHER", "CONCATENATION", "FLOOR_DIV", "REVERSE_V2", "SELECT"} & set(names)
    check_against(AotHostRunner(compile_library([model], tmp_path), model), model, made.__name__, golden=litert_outputs)


def constants(builder: ModelBuilder, *arrays: Any) -> list[int]:
    return [builder.tensor(np.shape(array), str(np.asarray(array).dtype), data=array) for array in map(np.asarray, arrays)]


def draw(rng: np.random.Generator, name: str) -> tuple[list[Any], list[tuple[int, ...]], str, dict[str, Any]]:
    """Inputs, shapes of the outputs, the outputs' type and options of an operator on constants."""
    dtype = rng.choice(["int32", "int64"])
    shape = tuple(int(size) for size in rng.integers(1, 4, rng.integers(1, 4)))
    a, b = (rng.integers(-50, 50, shape).astype(dtype) for _ in range(2))
    axis = int(rng.integers(0, len(shape)))
    first = (*shape[:axis], *shape[axis + 1 :])
    drawn: dict[str, Callable[[], tuple[list[Any], list[tuple[int, ...]], str, dict[str, Any]]]] = {
        **dict.fromkeys(("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM"), lambda: ([a, b], [shape], dtype, {})),
        "FLOOR_MOD": lambda: ([a, np.where(b == 0, 3, b)], [shape], dtype, {}),
        **dict.fromkeys(("DIV", "FLOOR_DIV"), lambda: ([a.astype("int32"), np.where(b == 0, 3, b).astype("int32")], [shape], "int32", {})),
        **dict.fromkeys(("SUM", "REDUCE_PROD", "REDUCE_MAX", "REDUCE_MIN"), lambda: ([a, np.array([axis], "int32")], [first], dtype, {})),
        **dict.fromkeys(("EQUAL", "NOT_EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL"), lambda: ([a, b], [shape], "bool", {})),
        "RESHAPE": lambda: ([a, np.array([a.size], "int32")], [(a.size,)], dtype, {"new_shape": [a.size]}),
        "GATHER": lambda: ([a, np.array([0, 0], "int32")], [(*shape[:axis], 2, *shape[axis + 1 :])], dtype, {"axis": axis}),
        "PACK": lambda: ([a, b], [(*shape[:axis], 2, *shape[axis:])], dtype, {"axis": axis, "values_count": 2}),
        "CONCATENATION": lambda: ([a, b], [(*shape[:axis], 2 * shape[axis], *shape[axis + 1 :])], dtype, {"axis": axis}),
        "UNPACK": lambda: ([a.astype("int32")], [first] * shape[axis], "int32", {"axis": axis, "num": shape[axis]}),
        "SPLIT": lambda: (
            [np.array(axis, "int32"), np.concatenate([a, b], axis)],
            [shape] * 2,
            dtype,
            {"num_splits": 2},
        ),
        "TILE": lambda: (
            [a, np.arange(1, 1 + len(shape), dtype="int32")],
            [tuple(size * (n + 1) for n, size in enumerate(shape))],
            dtype,
            {},
        ),
        "BROADCAST_TO": lambda: ([a, np.array([2, *shape], "int32")], [(2, *shape)], dtype, {}),
        "FILL": lambda: ([np.array(shape, "int32"), np.array(7, dtype)], [shape], dtype, {}),
        "TRANSPOSE": lambda: ([a, np.arange(len(shape), dtype="int32")[::-1].copy()], [shape[::-1]], dtype, {}),
        "SLICE": lambda: ([a, np.zeros(len(shape), "int32"), np.full(len(shape), -1, "int32")], [shape], dtype, {}),
        "STRIDED_SLICE": lambda: (
            [a, *(np.full(len(shape), value, "int32") for value in (-1, -100, -1))],
            [shape],
            dtype,
            {"begin_mask": 0},
        ),
        "CAST": lambda: (
            [a.astype(dtype)],
            [shape],
            "float32",
            {"in_data_type": dtype.upper(), "out_data_type": "FLOAT32"},
        ),
        "RANGE": lambda: (
            [np.array(value, "int32") for value in (3, -7, -2)],
            [(5,)],
            "int32",
            {},
        ),
        "BROADCAST_ARGS": lambda: ([np.array([1, 3], "int32"), np.array([2, 1, 1], "int32")], [(3,)], "int32", {}),
        "SELECT_V2": lambda: ([(a > b)[:1], a, b[..., :1]], [shape], dtype, {}),
        "SELECT": lambda: ([a > b if axis else a.reshape(shape[0], -1)[:, 0] > 0, a, b], [shape], dtype, {}),
        "REVERSE_V2": lambda: ([a, np.array([axis], "int32")], [shape], dtype, {}),
        "PAD": lambda: ([a, np.full((len(shape), 2), [1, 2], "int32")], [tuple(size + 3 for size in shape)], dtype, {}),
        "PADV2": lambda: (
            [a, np.full((len(shape), 2), [0, 1], "int32"), np.array(7, dtype)],
            [tuple(size + 1 for size in shape)],
            dtype,
            {},
        ),
        "ADD_N": lambda: ([a.astype("int32"), b.astype("int32"), a.astype("int32")], [shape], "int32", {}),
        "POW": lambda: ([a.astype("int32"), (abs(b) % 5).astype("int32")], [shape], "int32", {}),
        "SQUARED_DIFFERENCE": lambda: ([a.astype("int32"), b.astype("int32")], [shape], "int32", {}),
        "FLOOR": lambda: ([(a / 8).astype("float32")], [shape], "float32", {}),
        **dict.fromkeys(("REDUCE_ANY", "REDUCE_ALL"), lambda: ([a > 0, np.array([axis], "int32")], [first], "bool", {})),
        "NEG": lambda: ([a], [shape], dtype, {}),
        "ABS": lambda: ([a.astype("int32")], [shape], "int32", {}),
        "SQUARE": lambda: ([a.astype("float32")], [shape], "float32", {}),
        "ZEROS_LIKE": lambda: ([a], [shape], dtype, {}),
        "SQUEEZE": lambda: ([a[None]], [shape], dtype, {"squeeze_dims": [0]}),
        "EXPAND_DIMS": lambda: ([a, np.array(0, "int32")], [(1, *shape)], dtype, {}),
        **dict.fromkeys(("LOGICAL_AND", "LOGICAL_OR"), lambda: ([a > 0, b > 0], [shape], "bool", {})),
        "LOGICAL_NOT": lambda: ([a > 0], [shape], "bool", {}),
    }
    return drawn[name]()


@pytest.mark.parametrize("name", sorted({*MOVING, *COMPUTING}))
def test_what_is_computed_is_what_litert_computes(name: str) -> None:
    rng = np.random.default_rng(random.Random(name).randrange(2**32))
    known = 0
    for _ in range(6):
        inputs, shapes, dtype, options = draw(rng, name)
        builder = ModelBuilder()
        sources, targets = constants(builder, *inputs), [builder.tensor(shape, dtype) for shape in shapes]
        builder.op(name, sources, targets, version=2 if name == "BROADCAST_TO" else 1, **options)
        content = builder.build([], targets)
        model = parse_model(content, name)
        results = constant_results(OpView(model.main, model.main.ops[0]))
        if results is None:
            continue
        known += 1
        (expected,) = litert_outputs(content, [[]], len(targets))
        for ours, theirs in zip(results, expected, strict=True):
            assert (ours.dtype, ours.shape, ours.tobytes()) == (theirs.dtype, theirs.shape, theirs.tobytes()), inputs
    assert known, "nothing was computed"


def one_operator(name: str, *arrays: Any, output: tuple[tuple[int, ...], str], **options: Any) -> Model:
    builder = ModelBuilder()
    target = builder.tensor(*output)
    builder.op(name, constants(builder, *arrays), [target], **options)
    return parse_model(builder.build([], [target]), name)


@pytest.mark.parametrize(
    "model",
    [
        one_operator("MUL", np.array([INT_MAX], "int32"), np.array([2], "int32"), output=((1,), "int32")),
        one_operator("FLOOR_DIV", np.array([1], "int32"), np.array([0], "int32"), output=((1,), "int32")),
        one_operator("CAST", np.array([1e20], "float32"), output=((1,), "int32"), in_data_type="FLOAT32", out_data_type="INT32"),
        one_operator("ADD", np.array([1], "int32"), np.array([1], "int32"), output=((1,), "int32"), fused_activation_function="RELU"),
        one_operator("TILE", np.ones([1, 64], "int8"), np.array([1, 4096], "int32"), output=((1, 64 * 4096), "int8")),
        one_operator("GATHER", np.array([1, 2], "int32"), np.array([2], "int32"), output=((1,), "int32"), axis=0),
        one_operator("ADD", np.array([1], "int32"), np.array([1], "int32"), output=((2,), "int32")),
    ],
    ids=["overflow", "division by zero", "out of range", "activation", "too large", "outside", "another shape than stated"],
)
def test_what_is_not_known_exactly_is_left_to_the_operator(model: Model) -> None:
    assert constant_results(OpView(model.main, model.main.ops[0])) is None


def test_elements_that_would_have_to_be_rescaled_are_left_to_the_operator() -> None:
    builder = ModelBuilder()
    parts = [builder.tensor([1], "int8", scale, data=[3]) for scale in (0.5, 0.25)]
    target = builder.tensor([2], "int8", 0.5)
    builder.op("CONCATENATION", parts, [target], axis=0)
    model = parse_model(builder.build([], [target]), "rescaled")
    assert constant_results(OpView(model.main, model.main.ops[0])) is None


def test_operators_that_only_served_what_was_computed_vanish_and_others_stay() -> None:
    builder = ModelBuilder()
    x, unread, y, served = (builder.tensor([1, 4], "int8", 0.5) for _ in range(4))
    builder.op("RELU", [x], [served])  # only its shape is asked for
    builder.op("RELU", [x], [unread])  # nobody ever read it
    builder.op("RESHAPE", [x, shape_chain(builder, served, 2, 4)], [y], new_shape=[])
    model = parse_model(builder.build([x], [y]), "dead")
    assert [op.index for op in fold(model.main).ops] == [1, model.main.ops[-1].index]


def test_what_is_read_before_it_is_made_is_not_mended() -> None:
    builder = ModelBuilder()
    x, y = builder.tensor([1, 4], "int8", 0.5), builder.tensor([4, 4], "int8", 0.5)
    shape, counts = builder.tensor([2], "int32"), builder.tensor([2], "int32")
    builder.op("TILE", [x, counts], [y])
    builder.op("REVERSE_V2", [shape, builder.tensor([1], "int32", data=[0])], [counts])
    builder.op("SHAPE", [x], [shape], out_type="INT32")
    model = parse_model(builder.build([x], [y]), "backwards")
    assert fold(model.main) is model.main
    assert any("read before it is made" in finding.found for finding in check_model(model))


def test_an_operator_that_makes_an_output_of_the_model_stays(tmp_path: Path) -> None:
    builder = ModelBuilder()
    x, shape, y = builder.tensor([1, 4], "int8", 0.5), builder.tensor([2], "int32"), builder.tensor([1, 4], "int8", 0.5)
    builder.op("SHAPE", [x], [shape], out_type="INT32")
    builder.op("RELU", [x], [y])
    model = parse_model(builder.build([x], [shape, y]), "shape out")
    assert fold(model.main) is model.main
    check_against(AotHostRunner(compile_library([model], tmp_path), model), model, "shape out", golden=golden_outputs)


def test_a_constant_output_of_an_operator_that_is_not_compiled_is_computed(tmp_path: Path) -> None:
    builder = ModelBuilder()
    x, y, count = builder.tensor([1, 4], "int8", 0.5), builder.tensor([1, 4], "int8", 0.5), builder.tensor([5], "int32")
    builder.op("RELU", [x], [y])
    builder.op("RANGE", constants(builder, *(np.array(value, "int32") for value in (0, 5, 1))), [count])
    model = parse_model(builder.build([x], [y, count]), "range out")
    assert not check_model(model)
    check_against(AotHostRunner(compile_library([model], tmp_path), model), model, "range out", golden=litert_outputs)


def test_a_model_without_constants_is_left_alone() -> None:
    builder = ModelBuilder()
    x, y = builder.tensor([1, 4], "int8", 0.5), builder.tensor([1, 4], "int8", 0.5)
    builder.op("RELU", [x], [y])
    model = parse_model(builder.build([x], [y]), "plain")
    assert fold(model.main) is model.main


def test_what_was_computed_is_said() -> None:
    runtime, board = get_runtime("aot"), load_board("netduinoplus2")
    made = runtime.contribute([parse_model(tile_by_a_shape(), "tile")], board)
    assert made.facts["notes"] == ["tile: 3 of its operators are constant and were computed at compile time"]
    assert runtime.contribute([parse_model(fully_connected(), "dense")], board).facts["notes"] == []
