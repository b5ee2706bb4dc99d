"""SPLIT, SPLIT_V and UNPACK."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot import Target, compile_model
from tests.model_builder import ModelBuilder
from tests.ops.data_movement.drawn import MOVABLE, drawn, numbers, shape_of, tensor
from tests.ops.harness import Case, check_batch, check_draws, draws


def split(random: np.random.Generator, dtype: str) -> Case:
    part = shape_of(random)
    axis, count = int(random.integers(-len(part), len(part))), int(random.choice([1, 2, 3, 4]))
    shape = [*part]
    shape[axis] *= count
    builder = ModelBuilder()
    where = builder.tensor([] if random.random() < 0.5 else [1], "int32", data=axis)
    x = tensor(builder, shape, dtype)
    outputs = [tensor(builder, part, dtype) for _ in range(count)]
    builder.op("SPLIT", [where, x], outputs, num_splits=count)
    features = {"axis from the end" if axis < 0 else "axis from the front", f"{count} parts"}
    return Case(builder.build([x], outputs), f"{dtype} {shape} along {axis}", frozenset(features))


@draws
def test_split_equals_tflm(draws: int) -> None:
    check_draws(draws, *drawn(split, *MOVABLE), covering=["axis from the end", "axis from the front", "1 parts", "4 parts"], rows=["SPLIT"])


def test_parts_that_nobody_reads_do_no_harm() -> None:
    """Only the middle part goes on, so that the planner may reuse the memory of the other two at once."""
    builder = ModelBuilder()
    x = builder.tensor([1, 6], "int8", 0.1)
    parts = [builder.tensor([1, 2], "int8", 0.1) for _ in range(3)]
    y = builder.tensor([1, 2], "int8", 1 / 256, -128)
    builder.op("SPLIT", [builder.tensor([], "int32", data=1), x], parts, num_splits=3)
    builder.op("SOFTMAX", [parts[1]], [y], beta=1.0)
    check_batch([Case(builder.build([x], [y]), "the middle part")])


def test_an_axis_that_is_computed_is_refused() -> None:
    builder = ModelBuilder()
    where, x, y = builder.tensor([], "int32"), builder.tensor([2, 2], "int8", 0.1), builder.tensor([1, 2], "int8", 0.1)
    z = builder.tensor([1, 2], "int8", 0.1)
    builder.op("SPLIT", [where, x], [y, z], num_splits=2)
    with pytest.raises(UnsupportedModelError, match="the axis is computed while the model runs"):
        compile_model(parse_model(builder.build([where, x], [y, z]), "odd"), Target())


def split_v(random: np.random.Generator, dtype: str) -> Case:
    shape = shape_of(random)
    axis = int(random.integers(-len(shape), len(shape)))
    lengths = [int(random.integers(1, 4)) for _ in range(random.choice([1, 2, 3]))]
    shape[axis] = sum(lengths)
    builder = ModelBuilder()
    x = tensor(builder, shape, dtype)
    outputs = []
    for length in lengths:
        part = [*shape]
        part[axis] = length
        outputs.append(tensor(builder, part, dtype))
    stated = [*lengths[:-1], -1] if random.random() < 0.3 else lengths
    builder.op("SPLIT_V", [x, numbers(builder, stated), builder.tensor([], "int32", data=axis)], outputs, num_splits=len(lengths))
    features = {"the rest as -1" if -1 in stated else "all lengths", f"{len(lengths)} parts"}
    return Case(builder.build([x], outputs), f"{dtype} {shape} {stated} along {axis}", frozenset(features))


@draws
def test_split_v_equals_tflm(draws: int) -> None:
    check_draws(draws, *drawn(split_v, *MOVABLE), covering=["the rest as -1", "all lengths", "1 parts", "3 parts"], rows=["SPLIT_V"])


def unpack(random: np.random.Generator, dtype: str) -> Case:
    shape = shape_of(random)
    axis = int(random.integers(-len(shape), len(shape)))
    builder = ModelBuilder()
    x = tensor(builder, shape, dtype)
    place = axis % len(shape)
    outputs = [tensor(builder, shape[:place] + shape[place + 1 :], dtype) for _ in range(shape[place])]
    builder.op("UNPACK", [x], outputs, num=shape[place], axis=axis)
    features = {"axis from the end" if axis < 0 else "axis from the front", f"{shape[place]} outputs"}
    return Case(builder.build([x], outputs), f"{dtype} {shape} along {axis}", frozenset(features))


@draws
def test_unpack_equals_tflm(draws: int) -> None:
    check_draws(
        draws, *drawn(unpack, *MOVABLE), covering=["axis from the end", "axis from the front", "1 outputs", "4 outputs"], rows=["UNPACK"]
    )
