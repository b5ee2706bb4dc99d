"""CONCATENATION and PACK."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import parse_model
from mcu_toolkit.runners import AotHostRunner
from mcu_toolkit.runtimes.aot import Target, compile_model
from tests.model_builder import ModelBuilder
from tests.ops.data_movement.drawn import MOVABLE, drawn, shape_of, tensor, values
from tests.ops.harness import Case, check_draws, compile_library, draws


def concatenation(random: np.random.Generator, dtype: str) -> Case:
    shape = shape_of(random)
    axis = int(random.integers(-len(shape), len(shape)))
    lengths = [int(random.integers(1, 5)) for _ in range(random.choice([1, 2, 3, 10]))]
    builder = ModelBuilder()
    inputs, constants = [], 0
    for number, length in enumerate(lengths):
        part = [*shape]
        part[axis] = length
        constant = number > 0 and random.random() < 0.2
        constants += constant
        inputs.append((tensor(builder, part, dtype, data=values(random, part, dtype) if constant else None), constant))
    shape[axis] = sum(lengths)
    y = tensor(builder, shape, dtype)
    builder.op("CONCATENATION", [x for x, _ in inputs], [y], axis=axis)
    features = {"a constant"} if constants else set()
    features |= {"axis from the end" if axis < 0 else "first axis" if axis == 0 else "inner axis", f"{len(lengths)} inputs"}
    content = builder.build([x for x, constant in inputs if not constant], [y])
    return Case(content, f"{dtype} {lengths} along {axis} of {shape}", frozenset(features))


@draws
def test_concatenation_equals_tflm(draws: int) -> None:
    features = ["a constant", "axis from the end", "first axis", "inner axis", *(f"{count} inputs" for count in (1, 2, 3, 10))]
    check_draws(
        draws, *drawn(concatenation, "int8", "int16", "int32", "int64", "float32", "bool"), covering=features, rows=["CONCATENATION"]
    )


def test_more_inputs_than_tflm_takes(tmp_path: Path) -> None:
    builder = ModelBuilder()
    inputs = [builder.tensor([2, 1], "int8", 0.5) for _ in range(11)]
    y = builder.tensor([2, 11], "int8", 0.5)
    builder.op("CONCATENATION", inputs, [y], axis=1)
    model = parse_model(builder.build(inputs, [y]), "wide")
    columns = [np.array([[number], [-number]], np.int8) for number in range(11)]
    result = AotHostRunner(compile_library([model], tmp_path), model).run([column[None] for column in columns])
    assert result.outputs[0].tolist() == [np.concatenate(columns, axis=1).tolist()]


@pytest.mark.parametrize(("scale", "fused", "words"), [(0.5, "RELU", "a fused RELU"), (0.25, "NONE", "scale and zero point")])
def test_what_tflm_refuses_is_refused(scale: float, fused: str, words: str) -> None:
    builder = ModelBuilder()
    inputs = [builder.tensor([1, 2], "int8", 0.5), builder.tensor([1, 2], "int8", scale)]
    y = builder.tensor([1, 4], "int8", 0.5)
    builder.op("CONCATENATION", inputs, [y], axis=1, fused_activation_function=fused)
    with pytest.raises(UnsupportedModelError, match=words):
        compile_model(parse_model(builder.build(inputs, [y]), "odd"), Target())


def pack(random: np.random.Generator, dtype: str) -> Case:
    shape = shape_of(random, (0, 1, 2, 3)) if random.random() < 0.9 else []
    axis = int(random.integers(-len(shape) - 1, len(shape) + 1))
    count = int(random.choice([1, 2, 5]))
    builder = ModelBuilder()
    inputs = [tensor(builder, shape, dtype) for _ in range(count)]
    place = axis + len(shape) + 1 if axis < 0 else axis
    y = tensor(builder, [*shape[:place], count, *shape[place:]], dtype)
    builder.op("PACK", inputs, [y], values_count=count, axis=axis)
    features = {"scalars" if not shape else "tensors", "axis from the end" if axis < 0 else "axis from the front"}
    return Case(builder.build(inputs, [y]), f"{dtype} {count} of {shape} along {axis}", frozenset(features))


@draws
def test_pack_equals_tflm(draws: int) -> None:
    check_draws(draws, *drawn(pack, *MOVABLE, "int64"), covering=["scalars", "axis from the end", "axis from the front"], rows=["PACK"])
