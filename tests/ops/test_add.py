from __future__ import annotations

import hypothesis
import numpy as np
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, activations, batch_of, batches, check_batch, seeds, zero_points

SHAPES = [
    ([1, 4, 5, 3], [1, 4, 5, 3]),
    ([1, 4, 5, 3], [1, 1, 1, 3]),
    ([1, 4, 5, 3], [3]),
    ([1, 4, 5, 3], [1, 4, 1, 1]),
    ([1, 1, 5, 1], [2, 4, 1, 3]),
    ([1, 6], [1]),
    ([2, 3], [2, 1]),
    ([1, 1], [1, 1]),
]


@st.composite
def add(draw: st.DrawFn) -> Case:
    random = np.random.default_rng(draw(seeds))
    first, second = draw(st.permutations(draw(st.sampled_from(SHAPES))))
    shape = np.broadcast_shapes(tuple(first), tuple(second))
    scales = [float(np.float32(0.01 * 2.0 ** draw(st.integers(-6, 6)) * random.uniform(0.5, 1))) for _ in range(2)]
    if draw(st.booleans()):
        scales[1] = scales[0]
    builder = ModelBuilder()
    a = builder.tensor(first, "int8", scales[0], draw(zero_points))
    constant = draw(st.booleans())
    b = builder.tensor(second, "int8", scales[1], draw(zero_points), data=random.integers(-128, 128, second) if constant else None)
    out_scale = float(np.float32(max(scales) * 2.0 ** draw(st.integers(-6, 6)) * random.uniform(0.5, 1)))
    y = builder.tensor(shape, "int8", out_scale, draw(zero_points))
    activation = draw(activations)
    builder.op("ADD", [a, b], [y], fused_activation_function=activation)
    return Case(builder.build([a] if constant else [a, b], [y]), f"{first} + {second} {scales} -> {out_scale} {activation} {constant=}")


@batches
@hypothesis.given(batch_of(add()))
def test_equals_tflm(cases: list[Case]) -> None:
    check_batch(cases)


def test_a_tensor_added_to_itself() -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 9], "int8", 0.1, 3)
    y = builder.tensor([1, 9], "int8", 0.15, -4)
    builder.op("ADD", [x, x], [y])
    check_batch([Case(builder.build([x], [y]), "x + x")])
