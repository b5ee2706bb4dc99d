"""ADD, SUB and ADD_N."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.elementwise.binary import ACTIVATIONS, BROADCASTS, EXTREMES, binary, scales
from tests.ops.harness import Case, Sample, check_batch, check_draws, draws, seeds, zero_points


def sum_scale(random: np.random.Generator, a: float, b: float) -> float:
    return float(np.float32(max(a, b) * scales(random) * 100))


@draws
def test_sub_equals_tflm(draws: int) -> None:
    quantized = [binary("SUB", dtype, out_scale=sum_scale) for dtype in ("int8", "int16")]
    numbers = [binary("SUB", dtype) for dtype in ("int32", "float32")]
    check_draws(draws, *quantized, *numbers, covering=[*ACTIVATIONS, *BROADCASTS, *EXTREMES, "constant"], rows=["SUB"])


@draws
def test_add_equals_tflm(draws: int) -> None:
    quantized = [binary("ADD", dtype, out_scale=sum_scale) for dtype in ("int8", "int16")]
    numbers = [binary("ADD", "int32", fused=["NONE"]), binary("ADD", "float32")]
    check_draws(draws, *quantized, *numbers, covering=[*ACTIVATIONS, *BROADCASTS, *EXTREMES, "constant"], rows=["ADD"])


def small_pairs(random: np.random.Generator) -> Sample:
    return [random.integers(-12, 13, (1, 2000)).astype(np.int16) for _ in range(2)]


def test_int16_sums_have_15_more_bits_as_in_tflm() -> None:
    """Outputs that are finer than the inputs show the last of them."""
    cases = []
    for number in range(6):
        random = np.random.default_rng(number)
        builder = ModelBuilder()
        x, y = (builder.tensor([1, 2000], "int16", float(np.float32(random.uniform(0.5, 1)))) for _ in range(2))
        z = builder.tensor([1, 2000], "int16", 2.0**-10)
        builder.op("ADD", [x, y], [z])
        cases.append(Case(builder.build([x, y], [z]), f"{number}", samples=small_pairs))
    check_batch(cases)


def test_a_tensor_added_to_itself() -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 9], "int8", 0.1, 3)
    y = builder.tensor([1, 9], "int8", 0.15, -4)
    builder.op("ADD", [x, x], [y])
    check_batch([Case(builder.build([x], [y]), "x + x")])


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
def test_add_n_equals_tflm(draws: int) -> None:
    check_draws(draws, add_n("int8"), add_n("float32"), covering=["2 inputs", "6 inputs"], rows=["ADD_N"])
