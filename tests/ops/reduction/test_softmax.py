"""SOFTMAX and LOG_SOFTMAX."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_batch, check_draws, compile_kernel, draws, seeds, zero_points


def softmax(shape: list[int], scale: float, beta: float, zero_point: int, dtype: str = "int8", result: str = "int8") -> Case:
    builder = ModelBuilder()
    x = builder.tensor(shape, dtype, scale, zero_point)
    to_scale, point = {"int8int8": (1 / 256, -128), "int8int16": (1 / 65536, -32768), "int16int16": (1 / 32768, 0)}[dtype + result]
    y = builder.tensor(shape, result, to_scale, point)
    builder.op("SOFTMAX", [x], [y], beta=beta)
    return Case(builder.build([x], [y]), f"{dtype} {result} {shape} {scale=} {beta=}")


@st.composite
def drawn(draw: st.DrawFn, dtype: str, result: str) -> Case:
    random = np.random.default_rng(draw(seeds))
    shape = draw(st.sampled_from([[1, 10], [1, 1], [3, 7], [1, 2, 3, 4], [1, 200], [5], [2, 16]]))
    scale = 2.0 ** (random.integers(-14, 6) - (8 if dtype == "int16" else 0)) * random.uniform(0.5, 1)
    beta = draw(st.sampled_from([1.0, 1.0, 0.5, 2.0, 0.1]))
    return softmax(shape, float(np.float32(scale)), beta, draw(zero_points) if dtype == "int8" else 0, dtype, result)


@draws
def test_softmax_equals_tflm(draws: int) -> None:
    check_draws(draws, *(drawn(*types) for types in (("int8", "int8"), ("int8", "int16"), ("int16", "int16"))), rows=["SOFTMAX"])


def test_the_whole_table_is_right() -> None:
    """256 inputs of all values: every entry of the table is used, for scales that span the fixed-point range."""
    check_batch([softmax([1, 256], scale, 1.0, 0) for scale in (0.001, 0.01, 0.04, 0.0625, 0.1, 0.12156862765550613, 0.5, 1.0, 7.3, 40.0)])


def reciprocal(x: int) -> int:
    """1 / (1 + x) in fractions of 2^31 as gemmlowp's one_over_one_plus_x_for_x_in_0_1 computes it, in exact integers."""

    def high(a: int, b: int) -> int:
        return (a * b + (1 << 30)) >> 31

    half = (x + 2**31 - 1 + 1) // 2
    y = 1515870810 + high(half, -1010580540)
    for _ in range(3):
        y += max(-(2**31), min(2**31 - 1, high(y, (1 << 29) - high(half, y)) << 2))
    return min(2**31 - 1, y << 1)


def test_the_reciprocal_is_right_to_the_last_bit(tmp_path: Path) -> None:
    """8-bit outputs hide most of its bits."""
    functions = "int32_t reciprocal(int32_t x);\nint32_t reciprocal(int32_t x) { return aot_one_over_one_plus(x); }\n"
    compiled = compile_kernel(tmp_path, "reciprocal.h", functions).reciprocal
    random = np.random.default_rng(3)
    for x in [0, 1, 2**31 - 1, 2**31 - 2, 2**30, *random.integers(0, 2**31, 20_000).tolist()]:
        assert compiled(ctypes.c_int32(x)) == reciprocal(x), x


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
def test_log_softmax_equals_tflm(draws: int) -> None:
    check_draws(draws, log_softmax(), rows=["LOG_SOFTMAX"])
