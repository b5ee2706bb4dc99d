"""Drawing operators of one tensor: element types, quantization, values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.elementwise.binary import drawn_zero_point, scales
from tests.ops.harness import Case, Sample, random_input, seeds

Values = Callable[[np.random.Generator, tuple[int, ...], np.dtype[Any], int], npt.NDArray[Any]]
"""Values of an input: (random, shape, dtype, zero point)."""


@st.composite
def unary(
    draw: st.DrawFn,
    operator: str,
    dtype: str,
    *,
    output: str | None = None,
    in_scale: Callable[[np.random.Generator], float] = scales,
    out_scale: Callable[[np.random.Generator, float], float] | None = None,
    out_point: int | None = None,
    in_point: int | None = None,
    symmetric: bool = False,
    options: Callable[[np.random.Generator], dict[str, Any]] = lambda _random: {},
    values: Values | None = None,
    golden: Any = None,
    same_quantization: bool = False,
) -> Case:
    """One operator of one tensor; in 8 bits mostly of all 256 values.  `symmetric`: 16-bit tensors have a zero point of 0."""
    random = np.random.default_rng(draw(seeds))
    shape = draw(st.sampled_from([[1, 256], [1, 256], [2, 3], [7], [1, 2, 3, 4]]))
    result = output or dtype
    scale, point = in_scale(random), drawn_zero_point(draw, dtype, symmetric=symmetric) if in_point is None else in_point
    to_scale = scales(random) if out_scale is None else out_scale(random, scale)
    to_point = drawn_zero_point(draw, result, symmetric=symmetric) if out_point is None else out_point
    if same_quantization:
        to_scale, to_point = scale, point
    quantized = ("int8", "int16", "uint8", *(["int32"] if operator == "QUANTIZE" else []))
    builder = ModelBuilder()
    x = builder.tensor(shape, dtype, scale if dtype in quantized else None, point if dtype in quantized else 0)
    y = builder.tensor(shape, result, to_scale if result in quantized else None, to_point if result in quantized else 0)
    drawn_options = options(random)
    builder.op(operator, [x], [y], **drawn_options)
    what = f"{operator} {dtype} {shape} {scale} {point} -> {result} {to_scale} {to_point} {drawn_options}"

    def drawn(rng: np.random.Generator) -> Sample:
        return [(values or every_value)(rng, tuple(shape), np.dtype(dtype), point)]

    return Case(builder.build([x], [y]), what, frozenset(), drawn, golden)


def every_value(random: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any], _point: int) -> npt.NDArray[Any]:
    """All 256 values of 8 bits where they fit, in any order."""
    if dtype.itemsize == 1 and dtype.kind != "b" and np.prod(shape) == 256:
        return random.permutation(256).astype(np.uint8).view(dtype).reshape(shape)
    return random_input(random, shape, dtype)
