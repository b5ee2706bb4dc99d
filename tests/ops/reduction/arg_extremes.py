"""Drawing ARG_MAX and ARG_MIN."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.data_movement.drawn import drawn, samples, shape_of, tensor
from tests.ops.harness import Case, random_input


def arg_extreme(operator: str, *dtypes: str, result: str = "int32") -> list[st.SearchStrategy[Case]]:
    """Every third sample has few different values, so that there are ties."""

    def make(random: np.random.Generator, dtype: str) -> Case:
        shape = shape_of(random, most=9)
        axis = int(random.integers(-len(shape), len(shape)))
        builder = ModelBuilder()
        x = tensor(builder, shape, dtype)
        place = axis % len(shape)
        y = builder.tensor(shape[:place] + shape[place + 1 :], result)
        where = builder.tensor([] if random.random() < 0.5 else [1], "int32", data=axis)
        builder.op(operator, [x, where], [y], output_type=result.upper())
        draw = samples(
            lambda rng: rng.integers(0, 2, shape).astype(dtype) if rng.random() < 0.4 else random_input(rng, tuple(shape), np.dtype(dtype))
        )
        features = {"axis from the end" if axis < 0 else "axis from the front", f"{len(shape)} dimensions"}
        return Case(builder.build([x], [y]), f"{operator} {dtype} {shape} along {axis}", frozenset(features), draw)

    return drawn(make, *dtypes)
