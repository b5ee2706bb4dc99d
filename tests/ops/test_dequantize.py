from __future__ import annotations

import hypothesis
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, batch_of, batches, check_batch, zero_points

mantissas = st.integers(2**23, 2**24 - 1)
"""All 24 bits of a float32: products with differences of 9 bits need rounding."""


@st.composite
def dequantize(draw: st.DrawFn) -> Case:
    shape, scale = draw(st.sampled_from([[1, 256], [2, 3], [7]])), draw(mantissas) * 2.0 ** draw(st.integers(-100, 100))
    builder = ModelBuilder()
    x = builder.tensor(shape, "int8", scale, draw(zero_points))
    y = builder.tensor(shape, "float32")
    builder.op("DEQUANTIZE", [x], [y])
    return Case(builder.build([x], [y]), f"{shape} {scale=}")


@batches
@hypothesis.given(batch_of(dequantize()))
def test_equals_tflm(cases: list[Case]) -> None:
    check_batch(cases)
