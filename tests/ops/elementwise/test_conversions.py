"""QUANTIZE, DEQUANTIZE and CAST."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import strategies as st

from mcu_toolkit.model import parse_model
from mcu_toolkit.runners import AotHostRunner
from tests.model_builder import ModelBuilder
from tests.ops.elementwise.unary import unary
from tests.ops.harness import Case, check_draws, compile_library, draws, golden_outputs, random_input, seeds


def quantize(dtype: str, shape: list[int], in_scale: float | None, in_zero: int, out_scale: float, out_zero: int) -> Case:
    builder = ModelBuilder()
    x = builder.tensor(shape, dtype, in_scale, in_zero)
    y = builder.tensor(shape, "int8", out_scale, out_zero)
    builder.op("QUANTIZE", [x], [y])
    return Case(builder.build([x], [y]), f"{dtype} {shape} {in_scale} {in_zero} -> {out_scale} {out_zero}")


INTEGERS = [
    *(("int8", to) for to in ("int8", "int16", "int32", "uint8")),
    ("uint8", "int8"),
    *(("int16", to) for to in ("int8", "int16", "int32")),
]
"""Pairs that TFLM rescales; those from int32 are drawn apart."""


def quantize_mantissas(random: np.random.Generator) -> float:
    """Scales around 0.01 with all bits of a float32."""
    return float(random.integers(2**23, 2**24) * 2.0 ** random.integers(-37, -20))


def not_too_large(random: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any], _point: int) -> npt.NDArray[Any]:
    return random.integers(-(2**20), 2**20, shape).astype(dtype)


def within_32_bits(random: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any], _point: int) -> npt.NDArray[Any]:
    """Beyond, TFLM's conversion is undefined: see below."""
    return (random.standard_normal(shape) * 10.0 ** random.integers(-2, 3, shape)).astype(dtype)


def quantized(source: str, result: str, **more: Any) -> st.SearchStrategy[Case]:
    return unary(
        "QUANTIZE", source, output=result, in_scale=quantize_mantissas, out_scale=lambda random, _scale: quantize_mantissas(random), **more
    )


@draws
def test_quantize_equals_tflm(draws: int) -> None:
    kinds = [quantized(source, result) for source, result in INTEGERS]
    kinds += [quantized("int32", result, in_point=0, values=not_too_large) for result in ("int8", "int16")]
    kinds += [quantized("float32", result, values=within_32_bits) for result in ("int8", "int16")]
    check_draws(draws, *kinds, rows=["QUANTIZE"])


def test_halves_round_away_from_zero_and_large_values_saturate(tmp_path: Path) -> None:
    values = [0.5, -0.5, 1.5, -1.5, 0.49999997, -0.49999997, 126.5, 127.5, -128.5, 5000.0, -5000.0, 1e9, -1e9, 0.0, -0.0]
    case = quantize("float32", [1, len(values)], None, 0, 1.0, 0)
    model = parse_model(case.content, "halves")
    sample = np.array([values], np.float32)
    runner = AotHostRunner(compile_library([model], tmp_path), model)
    assert runner.run([sample]).outputs[0].tobytes() == golden_outputs(case.content, [[sample]])[0][0].tobytes()


def test_infinities_saturate_and_nan_is_the_zero_point(tmp_path: Path) -> None:
    """TFLM's conversion is undefined there (it differs between x86 and Arm); ours is what Arm's conversion gives."""
    case = quantize("float32", [1, 5], None, 0, 1.0, 7)
    model = parse_model(case.content, "extremes")
    sample = np.array([[np.inf, -np.inf, np.nan, 3e38, -3e38]], np.float32)
    runner = AotHostRunner(compile_library([model], tmp_path), model)
    assert runner.run([sample]).outputs[0].tolist() == [[127, -128, 7, 127, -128]]


def dequantize_mantissas(random: np.random.Generator) -> float:
    """All 24 bits of a float32: products with differences of 9 or 17 bits need rounding."""
    return float(random.integers(2**23, 2**24) * 2.0 ** random.integers(-100, 80))


@draws
def test_dequantize_equals_tflm(draws: int) -> None:
    check_draws(
        draws,
        *(unary("DEQUANTIZE", dtype, output="float32", in_scale=dequantize_mantissas) for dtype in ("int8", "uint8", "int16")),
        rows=["DEQUANTIZE"],
    )


NUMBERS = ["int8", "int16", "int32", "float32"]


def edges(random: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any], _point: int) -> npt.NDArray[Any]:
    """Floats around the ends of all integer types, infinities, NaN."""
    if dtype.kind != "f":
        return random_input(random, shape, dtype)
    ends = np.array([0, 127, 128, -128, -129, 32767.5, -32769, 2**31, -(2**31), 1e20, -1e20, np.inf, -np.inf, np.nan, 0.9, -0.9], dtype)
    return np.where(random.random(shape) < 0.5, random.choice(ends, shape), random_input(random, shape, dtype)).astype(dtype)


@draws
@pytest.mark.parametrize("result", [*NUMBERS, "bool"])
def test_cast_equals_tflm(draws: int, result: str) -> None:
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
