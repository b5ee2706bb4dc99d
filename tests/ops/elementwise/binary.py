"""Drawing operators of two tensors: shapes that broadcast, constants, quantization, fused activations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import hypothesis
import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, Sample, random_input, seeds, zero_points

SHAPES: list[tuple[str, list[int], list[int]]] = [
    ("same shape", [1, 4, 5, 3], [1, 4, 5, 3]),
    ("same shape", [37], [37]),
    ("a vector", [1, 4, 5, 3], [3]),
    ("a scalar", [1, 4, 5, 3], []),
    ("inner ones", [1, 4, 5, 3], [1, 4, 1, 1]),
    ("both repeated", [1, 1, 5, 1], [2, 4, 1, 3]),
    ("5 dimensions", [2, 1, 3, 1, 2], [1, 2, 3, 2, 1]),
    ("6 dimensions", [2, 1, 1, 3, 1, 2], [1, 2, 1, 3, 2, 1]),
    ("a single element", [2, 3], [1]),
]
"""Pairs of shapes and what is special about them; drawn in both orders."""

WIDE = ("same shape", [300], [300])
"""Enough elements to meet rare roundings."""

BROADCASTS = ["same shape", "a vector", "a scalar", "inner ones", "both repeated", "5 dimensions", "6 dimensions"]

zero_points_16 = st.sampled_from([0, 0, -32768, 32767, 5]) | st.integers(-32768, 32767)


def scales(random: np.random.Generator, low: int = -6, high: int = 6) -> float:
    """A float32 around 0.01, with all bits of the mantissa."""
    return float(np.float32(0.01 * 2.0 ** random.integers(low, high, endpoint=True) * random.uniform(0.5, 1)))


def drawn_zero_point(draw: st.DrawFn, dtype: str, *, symmetric: bool) -> int:
    if dtype == "int8":
        return draw(zero_points)
    if dtype == "uint8":
        return draw(st.sampled_from([0, 255, 128]) | st.integers(0, 255))
    return 0 if symmetric or dtype != "int16" else draw(zero_points_16)


@st.composite
def binary(
    draw: st.DrawFn,
    operator: str,
    dtype: str,
    *,
    output: str | None = None,
    second: str | None = None,
    fused: Sequence[str] | None = ("NONE", "RELU", "RELU_N1_TO_1", "RELU6"),
    out_scale: Callable[[np.random.Generator, float, float], float] = lambda random, _a, _b: scales(random),
    input_scale: Callable[[np.random.Generator], float] = scales,
    one_quantization: bool = False,
    symmetric: bool = False,
    second_repeats_only: bool = False,
    samples: Callable[[np.random.Generator, tuple[int, ...], np.dtype[Any], int], npt.NDArray[Any]] | None = None,
) -> Case:
    """One operator of two tensors; `symmetric`: 16-bit tensors have a zero point of 0; `samples(random, shape, dtype, position)`."""
    random = np.random.default_rng(draw(seeds))
    kind, first_shape, second_shape = draw(st.sampled_from([*SHAPES, WIDE]))
    if draw(st.booleans()) and not second_repeats_only:
        first_shape, second_shape = second_shape, first_shape
    shape = np.broadcast_shapes(tuple(first_shape), tuple(second_shape))
    if second_repeats_only:
        hypothesis.assume(list(shape) == first_shape)
    quantized = dtype in ("int8", "int16")
    builder = ModelBuilder()
    shapes, dtypes = (first_shape, second_shape), (dtype, second or dtype)
    scale = [input_scale(random) for _ in range(2)]
    if one_quantization or draw(st.booleans()):
        scale[1] = scale[0]
    points = [drawn_zero_point(draw, each, symmetric=symmetric) for each in dtypes]
    if one_quantization:
        points[1] = points[0]
    constant = draw(st.sampled_from([None, None, 0, 1]))
    data = [_sample(random, shapes[i], dtypes[i], i, samples) if i == constant else None for i in (0, 1)]
    tensors = [
        builder.tensor(shapes[i], dtypes[i], scale[i] if quantized else None, points[i] if quantized else 0, data[i]) for i in (0, 1)
    ]
    result, to_float = output or dtype, out_scale(random, scale[0], scale[1])
    point = drawn_zero_point(draw, result, symmetric=symmetric)
    y = builder.tensor(shape, result, to_float if result in ("int8", "int16") else None, point if result in ("int8", "int16") else 0)
    activation = draw(st.sampled_from(fused)) if fused else "NONE"
    builder.op(operator, tensors, [y], **({"fused_activation_function": activation} if fused else {}))
    inputs = [tensor for i, tensor in enumerate(tensors) if i != constant]

    def drawn(rng: np.random.Generator) -> Sample:
        return [_sample(rng, shapes[i], dtypes[i], i, samples) for i in (0, 1) if i != constant]

    features = {kind, activation, *(["constant"] if constant is not None else []), *_extremes(points if quantized else [], dtype)}
    what = f"{operator} {dtype} {first_shape} {second_shape} {scale} {points} -> {to_float} {point} {activation} {constant=}"
    return Case(builder.build(inputs, [y]), what, frozenset(features), drawn if samples else None)


def _sample(random: np.random.Generator, shape: Sequence[int], dtype: str, position: int, samples: Any) -> npt.NDArray[Any]:
    if samples is None:
        return random_input(random, tuple(shape), np.dtype(dtype))
    drawn: npt.NDArray[Any] = samples(random, tuple(shape), np.dtype(dtype), position)
    return drawn


def _extremes(points: Sequence[int], dtype: str) -> set[str]:
    names = {-128: "lowest zero point", 127: "highest zero point"} if dtype == "int8" else {-32768: "lowest zero point", 0: "zero point 0"}
    return {names[point] for point in points if point in names}


ACTIVATIONS = ["NONE", "RELU", "RELU_N1_TO_1", "RELU6"]
EXTREMES = ["lowest zero point", "highest zero point"]
