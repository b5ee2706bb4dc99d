from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_draws, draws, random_input, seeds
from tests.ops.unary import unary

NUMBERS = ["int8", "int16", "int32", "float32"]


def edges(random: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any], _point: int) -> npt.NDArray[Any]:
    """Floats around the ends of all integer types, infinities, NaN."""
    if dtype.kind != "f":
        return random_input(random, shape, dtype)
    ends = np.array([0, 127, 128, -128, -129, 32767.5, -32769, 2**31, -(2**31), 1e20, -1e20, np.inf, -np.inf, np.nan, 0.9, -0.9], dtype)
    return np.where(random.random(shape) < 0.5, random.choice(ends, shape), random_input(random, shape, dtype)).astype(dtype)


@draws
@pytest.mark.parametrize("result", [*NUMBERS, "bool"])
def test_equals_tflm(draws: int, result: str) -> None:
    kinds = [
        unary("CAST", source, output=result, values=edges, options=lambda _random, source=source: types(source, result))
        for source in ("int8", "int16", "int32", "float32", "bool")
    ]
    check_draws(draws, *kinds, rows=["CAST"])


def types(source: str, result: str) -> dict[str, str]:
    return {"in_data_type": source.upper(), "out_data_type": result.upper()}


@st.composite
def through_uint32(draw: st.DrawFn, dtype: str, result: str) -> Case:
    """uint32 is no type of inputs and outputs."""
    draw(seeds)
    builder = ModelBuilder()
    x, between, y = builder.tensor([1, 64], dtype), builder.tensor([1, 64], "uint32"), builder.tensor([1, 64], result)
    builder.op("CAST", [x], [between], **types(dtype, "uint32")).op("CAST", [between], [y], **types("uint32", result))
    return Case(builder.build([x], [y]), f"{dtype} uint32 {result}")


@draws
def test_uint32_equals_tflm(draws: int) -> None:
    kinds = [through_uint32(source, result) for source in ("int8", "int16", "int32", "bool") for result in NUMBERS]
    check_draws(max(2, draws // 16), *kinds)
