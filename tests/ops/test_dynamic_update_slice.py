from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_batch, check_draws, draws, random_input
from tests.ops.moving import MOVABLE, drawn, numbers, samples, shape_of, tensor, values


def dynamic_update_slice(random: np.random.Generator, dtype: str) -> Case:
    """Start positions reach beyond the tensor on both sides: they are moved inside."""
    shape = shape_of(random, (1, 2, 3, 4, 5))
    part = [int(random.integers(1, size + 1)) for size in shape] if random.random() < 0.9 else shape
    wide = "int64" if random.random() < 0.3 else "int32"
    builder = ModelBuilder()
    x, computed = tensor(builder, shape, dtype), random.random() < 0.7
    start = random.integers(-2, max(shape) + 2, len(shape))
    constant = random.random() < 0.3
    update = tensor(builder, part, dtype, data=values(random, part, dtype) if constant else None)
    at = builder.tensor([len(shape)], wide, data=None if computed else start)
    y = tensor(builder, shape, dtype)
    builder.op("DYNAMIC_UPDATE_SLICE", [x, update, at], [y])
    inputs = [x, *([] if constant else [update]), *([at] if computed else [])]
    features = {wide, "a computed start" if computed else "a constant start", "a constant update" if constant else "an update"}
    features |= {"all of it"} if part == shape else set()
    makers = [lambda rng: random_input(rng, tuple(shape), np.dtype(dtype))]
    makers += [] if constant else [lambda rng: random_input(rng, tuple(part), np.dtype(dtype))]
    makers += [lambda rng: rng.integers(-2, max(shape) + 2, len(shape)).astype(wide)] if computed else []
    what = f"{dtype} {shape} {part} {start} {computed=} {constant=}"
    return Case(builder.build(inputs, [y]), what, frozenset(features), samples(*makers))


@draws
def test_equals_tflm(draws: int) -> None:
    features = ["int32", "int64", "a computed start", "a constant start", "a constant update", "an update", "all of it"]
    check_draws(draws, *drawn(dynamic_update_slice, *MOVABLE), covering=features, rows=["DYNAMIC_UPDATE_SLICE"])


def test_in_place_and_not() -> None:
    """The operand is a layer's output: once it dies here, once it is an output of the model too."""
    cases = []
    for keep in (False, True):
        builder = ModelBuilder()
        x, update = builder.tensor([1, 8], "int8", 0.1), builder.tensor([1, 3], "int8", 1 / 256, -128)
        a, y = builder.tensor([1, 8], "int8", 1 / 256, -128), builder.tensor([1, 8], "int8", 1 / 256, -128)
        builder.op("SOFTMAX", [x], [a], beta=1.0)
        builder.op("DYNAMIC_UPDATE_SLICE", [a, update, numbers(builder, [0, 4])], [y])
        cases.append(Case(builder.build([x, update], [y, a] if keep else [y]), f"{keep=}"))
    check_batch(cases)
