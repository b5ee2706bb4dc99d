from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_draws, draws
from tests.ops.moving import MOVABLE, drawn, numbers, shape_of, tensor


def broadcast_to(random: np.random.Generator, dtype: str) -> Case:
    result = shape_of(random, (1, 2, 3, 4, 5), most=4)
    shape = [1 if random.random() < 0.4 else size for size in result][int(random.integers(0, len(result))) :]
    wide = "int64" if random.random() < 0.3 else "int32"
    builder = ModelBuilder()
    x, y = tensor(builder, shape, dtype), tensor(builder, result, dtype)
    builder.op("BROADCAST_TO", [x, numbers(builder, result, wide)], [y])
    features = {wide, "more dimensions" if len(result) > len(shape) else "as many dimensions", f"{len(result)} dimensions"}
    return Case(builder.build([x], [y]), f"{dtype} {shape} to {result}", frozenset(features))


@draws
def test_equals_tflm(draws: int) -> None:
    features = ["int32", "int64", "more dimensions", "as many dimensions", "5 dimensions"]
    check_draws(draws, *drawn(broadcast_to, *MOVABLE, "int64", "bool", "uint8"), covering=features, rows=["BROADCAST_TO"])
