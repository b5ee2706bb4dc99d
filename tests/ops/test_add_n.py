from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.binary import scales
from tests.ops.harness import Case, check_draws, draws, seeds, zero_points


@st.composite
def add_n(draw: st.DrawFn, dtype: str) -> Case:
    random = np.random.default_rng(draw(seeds))
    count, shape = draw(st.integers(2, 6)), draw(st.sampled_from([[1, 40], [2, 3, 4], [5]]))
    scale, point = (scales(random), draw(zero_points)) if dtype == "int8" else (None, 0)
    builder = ModelBuilder()
    inputs = [builder.tensor(shape, dtype, scale, point) for _ in range(count)]
    to_scale = None if scale is None else float(np.float32(scale * 2.0 ** random.integers(-3, 6) * random.uniform(0.5, 1)))
    y = builder.tensor(shape, dtype, to_scale, draw(zero_points) if to_scale else 0)
    builder.op("ADD_N", inputs, [y])
    return Case(builder.build(inputs, [y]), f"{dtype} {count} {scale} {point} -> {to_scale}", frozenset([f"{count} inputs"]))


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, add_n("int8"), add_n("float32"), covering=["2 inputs", "6 inputs"], rows=["ADD_N"])
