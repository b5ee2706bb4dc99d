from __future__ import annotations

import hypothesis
import numpy as np
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, batch_of, batches, check_batch, zero_points


def softmax(shape: list[int], scale: float, beta: float, zero_point: int) -> Case:
    builder = ModelBuilder()
    x = builder.tensor(shape, "int8", scale, zero_point)
    y = builder.tensor(shape, "int8", 1 / 256, -128)
    builder.op("SOFTMAX", [x], [y], beta=beta)
    return Case(builder.build([x], [y]), f"{shape} {scale=} {beta=}")


@st.composite
def drawn(draw: st.DrawFn) -> Case:
    shape = draw(st.sampled_from([[1, 10], [1, 1], [3, 7], [1, 2, 3, 4], [1, 200], [5]]))
    scale = 2.0 ** draw(st.integers(-14, 5)) * draw(st.sampled_from([1.0, 0.7, 1.3, 0.999]))
    return softmax(shape, float(np.float32(scale)), draw(st.sampled_from([1.0, 0.5, 2.0])), draw(zero_points))


@batches
@hypothesis.given(batch_of(drawn()))
def test_equals_tflm(cases: list[Case]) -> None:
    check_batch(cases)


def test_the_whole_table_is_right() -> None:
    """256 inputs of all values: every entry of the table is used, for scales that span the fixed-point range."""
    check_batch([softmax([1, 256], scale, 1.0, 0) for scale in (0.001, 0.01, 0.04, 0.0625, 0.1, 0.12156862765550613, 0.5, 1.0, 7.3, 40.0)])
