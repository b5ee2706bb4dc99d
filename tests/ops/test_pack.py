from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_draws, draws
from tests.ops.moving import MOVABLE, drawn, shape_of, tensor


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
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, *drawn(pack, *MOVABLE, "int64"), covering=["scalars", "axis from the end", "axis from the front"], rows=["PACK"])
