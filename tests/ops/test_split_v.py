from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_draws, draws
from tests.ops.moving import MOVABLE, drawn, numbers, shape_of, tensor


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
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, *drawn(split_v, *MOVABLE), covering=["the rest as -1", "all lengths", "1 parts", "3 parts"], rows=["SPLIT_V"])
