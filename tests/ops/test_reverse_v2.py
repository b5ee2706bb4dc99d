from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_draws, draws
from tests.ops.moving import MOVABLE, drawn, numbers, shape_of, tensor


def reverse_v2(random: np.random.Generator, dtype: str) -> Case:
    shape = shape_of(random, (1, 2, 3, 4, 5))
    first = int(random.integers(len(shape)))
    axes = list(range(first, int(random.integers(first, len(shape))) + 1))
    stated = [axis - len(shape) if random.random() < 0.3 else axis for axis in random.permutation(axes).tolist()]
    builder = ModelBuilder()
    x, y = tensor(builder, shape, dtype), tensor(builder, shape, dtype)
    builder.op("REVERSE_V2", [x, numbers(builder, stated)], [y])
    features = {"one axis" if len(axes) == 1 else "several axes"} | ({"axis from the end"} if min(stated) < 0 else set())
    return Case(builder.build([x], [y]), f"{dtype} {shape} {stated}", frozenset(features))


@draws
def test_equals_tflm(draws: int) -> None:
    features = ["one axis", "several axes", "axis from the end"]
    check_draws(draws, *drawn(reverse_v2, *MOVABLE, "int64", "bool", "uint8"), covering=features, rows=["REVERSE_V2"])
