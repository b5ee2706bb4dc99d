"""ARG_MAX, ARG_MIN and CUMSUM."""

from __future__ import annotations

import numpy as np
import pytest

from tests.model_builder import ModelBuilder
from tests.ops.data_movement.drawn import drawn, shape_of
from tests.ops.harness import Case, by_litert, check_draws, draws
from tests.ops.reduction.arg_extremes import arg_extreme


@draws
@pytest.mark.parametrize("operator", ["ARG_MAX", "ARG_MIN"])
def test_positions_equal_tflm(operator: str, draws: int) -> None:
    features = ["axis from the end", "axis from the front", "1 dimensions", "4 dimensions"]
    check_draws(draws, *arg_extreme(operator, "int8", "float32"), covering=features, rows=[operator])


@draws
@pytest.mark.parametrize("operator", ["ARG_MAX", "ARG_MIN"])
def test_int64_positions_equal_litert(operator: str, draws: int) -> None:
    check_draws(draws, *by_litert(arg_extreme(operator, "int8", "float32", result="int64")))


FEATURES = ["exclusive", "inclusive", "reverse", "forward", "axis from the end", "a sum that wraps"]


def cumsum(random: np.random.Generator, dtype: str) -> Case:
    """Some lines are long enough for the kernel's 32-bit sums to wrap."""
    shape = shape_of(random)
    axis = int(random.integers(-len(shape), len(shape)))
    long = random.random() < 0.3
    if long:
        shape[axis] = 60
    exclusive, reverse = bool(random.random() < 0.5), bool(random.random() < 0.5)
    scale = float(np.float32(0.01 * random.uniform(0.5, 2)))
    out_scale = float(np.float32(scale * random.uniform(0.5, 2) * 2.0 ** random.integers(-2, 6)))
    points = [int(random.choice([-128, 127, 0, random.integers(-128, 128)])) for _ in range(2)]
    builder = ModelBuilder()
    x = builder.tensor(shape, dtype, *((scale, points[0]) if dtype == "int8" else ()))
    y = builder.tensor(shape, dtype, *((out_scale, points[1]) if dtype == "int8" else ()))
    builder.op("CUMSUM", [x, builder.tensor([], "int32", data=axis)], [y], exclusive=exclusive, reverse=reverse)
    features = {"exclusive" if exclusive else "inclusive", "reverse" if reverse else "forward"}
    features |= ({"axis from the end"} if axis < 0 else set()) | ({"a sum that wraps"} if long else set())
    return Case(
        builder.build([x], [y]), f"{dtype} {shape} {axis} {exclusive=} {reverse=} {scale} {out_scale} {points}", frozenset(features)
    )


@draws
def test_cumsum_equals_tflm(draws: int) -> None:
    check_draws(draws, *drawn(cumsum, "int8", "float32"), covering=FEATURES, rows=["CUMSUM"])
