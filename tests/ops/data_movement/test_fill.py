"""FILL and ZEROS_LIKE."""

from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.data_movement.drawn import drawn, numbers, shape_of, tensor, values
from tests.ops.harness import Case, check_draws, draws


def fill(random: np.random.Generator, dtype: str) -> Case:
    shape = shape_of(random)
    kind = str(random.choice(["computed", "a constant", "equal bytes"]))
    builder = ModelBuilder()
    data = {"computed": None, "a constant": values(random, [], dtype), "equal bytes": np.zeros((), dtype)}[kind]
    value, y = tensor(builder, [], dtype, data=data), tensor(builder, shape, dtype)
    builder.op("FILL", [numbers(builder, shape, str(random.choice(["int32", "int64"]))), value], [y])
    inputs = [value] if kind == "computed" else []
    if not inputs:  # a model needs an input, if only to hand it through
        inputs = [tensor(builder, [1, 2], dtype)]
        other = tensor(builder, [2], dtype)
        builder.op("RESHAPE", [inputs[0], numbers(builder, [2])], [other])
    return Case(builder.build(inputs, [y]), f"{dtype} {shape} {kind}", frozenset({kind}))


@draws
def test_fill_equals_tflm(draws: int) -> None:
    check_draws(draws, *drawn(fill, "int8", "int32", "float32"), covering=["computed", "a constant", "equal bytes"])


def zeros_like(random: np.random.Generator, dtype: str) -> Case:
    shape = shape_of(random)
    builder = ModelBuilder()
    x, y = tensor(builder, shape, dtype), tensor(builder, shape, dtype)
    builder.op("ZEROS_LIKE", [x], [y])
    return Case(builder.build([x], [y]), f"{dtype} {shape}")


@draws
def test_zeros_like_equals_tflm(draws: int) -> None:
    check_draws(draws, *drawn(zeros_like, "int8", "int32", "int64", "float32"), rows=["ZEROS_LIKE"])
