from __future__ import annotations

from pathlib import Path

import hypothesis
import numpy as np
from hypothesis import strategies as st

from mcu_toolkit.model import parse_model
from mcu_toolkit.runners import AotHostRunner
from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, batch_of, batches, check_batch, compile_library, golden_outputs, zero_points


def quantize(dtype: str, shape: list[int], in_scale: float | None, in_zero: int, out_scale: float, out_zero: int) -> Case:
    builder = ModelBuilder()
    x = builder.tensor(shape, dtype, in_scale, in_zero)
    y = builder.tensor(shape, "int8", out_scale, out_zero)
    builder.op("QUANTIZE", [x], [y])
    return Case(builder.build([x], [y]), f"{dtype} {shape} {in_scale} {in_zero} -> {out_scale} {out_zero}")


scales = st.integers(2**23, 2**24 - 1).flatmap(lambda mantissa: st.integers(-37, -20).map(lambda exponent: mantissa * 2.0**exponent))


@st.composite
def requantize(draw: st.DrawFn) -> Case:
    return quantize(
        "int8", draw(st.sampled_from([[1, 256], [2, 3], [7]])), draw(scales), draw(zero_points), draw(scales), draw(zero_points)
    )


@st.composite
def from_float(draw: st.DrawFn) -> Case:
    return quantize("float32", draw(st.sampled_from([[1, 50], [2, 3], [7]])), None, 0, draw(scales), draw(zero_points))


@batches
@hypothesis.given(batch_of(requantize()))
def test_int8_equals_tflm(cases: list[Case]) -> None:
    check_batch(cases)


@batches
@hypothesis.given(batch_of(from_float()))
def test_float_equals_tflm(cases: list[Case]) -> None:
    check_batch(cases)


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
