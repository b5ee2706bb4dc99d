"""SELECT and SELECT_V2.

SELECT: TFLM does not have it: LiteRT's reference kernels are the golden.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot import Target, compile_model
from tests.model_builder import ModelBuilder
from tests.ops.data_movement.drawn import drawn, shape_of, tensor
from tests.ops.harness import Case, by_litert, check_draws, draws, seeds


def selected(shape: list[int], condition: list[int], dtype: str) -> bytes:
    builder = ModelBuilder()
    inputs = [builder.tensor(condition, "bool"), tensor(builder, shape, dtype), tensor(builder, shape, dtype)]
    y = tensor(builder, shape, dtype)
    builder.op("SELECT", inputs, [y])
    return builder.build(inputs, [y])


def select_select(random: np.random.Generator, dtype: str) -> Case:
    shape = shape_of(random)
    return Case(selected(shape, shape, dtype), f"{dtype} {shape}")


@draws
def test_equals_litert(draws: int) -> None:
    check_draws(draws, *by_litert(drawn(select_select, "int8", "int16", "float32", "int32", "int64", "bool")), rows=["SELECT"])


def test_a_condition_for_whole_rows_is_refused() -> None:
    """LiteRT's own meaning of it, by the first dimension, is not that of SELECT_V2."""
    with pytest.raises(UnsupportedModelError, match="SELECT"):
        compile_model(parse_model(selected([3, 4], [3], "int8"), "rows"), Target())


SHAPES: list[tuple[str, list[list[int]]]] = [
    ("same shape", [[1, 3, 4, 2]] * 3),
    ("one condition", [[1], [3, 4], [3, 4]]),
    ("condition a row", [[3, 1], [3, 4], [3, 4]]),
    ("value repeated", [[3, 4], [4], [3, 4]]),
    ("scalar value", [[1, 3, 4], [1, 3, 4], []]),
    ("all repeated", [[2, 1, 1], [1, 3, 1], [1, 1, 4]]),
    ("condition a vector", [[5], [2, 1, 5], [2, 3, 1]]),
]


@st.composite
def select_v2_select(draw: st.DrawFn, dtype: str) -> Case:
    kind, shapes = draw(st.sampled_from(SHAPES))
    builder = ModelBuilder()
    scale = 0.1 if dtype in ("int8", "int16") else None
    inputs = [builder.tensor(shapes[0], "bool"), *(builder.tensor(shape, dtype, scale) for shape in shapes[1:])]
    constant, seed = draw(st.booleans()), draw(seeds)
    if constant:
        values = np.random.default_rng(seed).integers(-100, 100, shapes[2])
        inputs[2] = builder.tensor(shapes[2], dtype, scale, data=values > 0 if dtype == "bool" else values)
    y = builder.tensor(np.broadcast_shapes(*map(tuple, shapes)), dtype, scale)
    builder.op("SELECT_V2", inputs, [y])
    return Case(builder.build(inputs[:2] if constant else inputs, [y]), f"{dtype} {shapes} {constant=}", frozenset([kind]))


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(
        draws,
        *(select_v2_select(dtype) for dtype in ("int8", "int16", "float32")),
        covering=[kind for kind, _ in SHAPES],
        rows=["SELECT_V2"],
    )


@draws
def test_what_tflm_does_not_have_equals_litert(draws: int) -> None:
    check_draws(draws, *by_litert([select_v2_select("int32"), select_v2_select("int64"), select_v2_select("bool")]))
