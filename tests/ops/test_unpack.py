from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_draws, draws
from tests.ops.moving import MOVABLE, drawn, shape_of, tensor


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
def test_equals_tflm(draws: int) -> None:
    check_draws(
        draws, *drawn(unpack, *MOVABLE), covering=["axis from the end", "axis from the front", "1 outputs", "4 outputs"], rows=["UNPACK"]
    )
