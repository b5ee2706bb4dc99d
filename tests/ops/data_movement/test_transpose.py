from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.data_movement.drawn import drawn, numbers, shape_of, tensor
from tests.ops.harness import Case, check_draws, draws


def transpose(random: np.random.Generator, dtype: str) -> Case:
    shape = shape_of(random, (1, 2, 3, 4, 5))
    order = random.permutation(len(shape)).tolist()
    builder = ModelBuilder()
    x, y = tensor(builder, shape, dtype), tensor(builder, [shape[axis] for axis in order], dtype)
    builder.op("TRANSPOSE", [x, numbers(builder, order)], [y])
    moved = [axis for axis in order if shape[axis] > 1]
    features = {f"{len(shape)} dimensions", "in place" if moved == sorted(moved) else "moved"}
    return Case(builder.build([x], [y]), f"{dtype} {shape} {order}", frozenset(features))


@draws
def test_equals_tflm(draws: int) -> None:
    features = [*(f"{rank} dimensions" for rank in range(1, 6)), "in place", "moved"]
    check_draws(draws, *drawn(transpose, "int8", "int16", "float32"), covering=features, rows=["TRANSPOSE"])
