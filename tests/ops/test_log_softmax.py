from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_draws, draws, seeds, zero_points


@st.composite
def log_softmax(draw: st.DrawFn) -> Case:
    random = np.random.default_rng(draw(seeds))
    shape = draw(st.sampled_from([[1, 10], [1, 1], [3, 7], [1, 2, 3, 4], [1, 200], [5], [2, 16]]))
    scale = float(np.float32(2.0 ** random.integers(-14, 6) * random.uniform(0.5, 1)))
    builder = ModelBuilder()
    x, y = builder.tensor(shape, "int8", scale, draw(zero_points)), builder.tensor(shape, "int8", 16 / 256, 127)
    builder.op("LOG_SOFTMAX", [x], [y])
    return Case(builder.build([x], [y]), f"{shape} {scale=}")


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, log_softmax(), rows=["LOG_SOFTMAX"])
