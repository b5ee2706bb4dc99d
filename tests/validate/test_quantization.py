from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_toolkit.artifacts import RunResult
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import DType, Quantization, Tensor, parse_model
from mcu_toolkit.runners.tflm import TflmRunner
from mcu_toolkit.validate import dequantize, quantize, quantize_outputs
from tests import small_models
from tests.model_builder import ModelBuilder


def _tensor(dtype: DType, scale: float, zero_point: int) -> Tensor:
    return Tensor(0, "t", (1, 4), dtype, Quantization((float(np.float32(scale)),), (zero_point,)))


def test_halves_are_rounded_away_from_zero() -> None:
    values = np.array([0.5, 1.5, 2.5, -0.5, -1.5, 0.49999997, -0.49999997], np.float32)
    assert quantize(values, _tensor(DType.INT8, 1.0, 0)).tolist() == [1, 2, 3, -1, -2, 0, 0]


def test_values_outside_of_the_range_become_its_ends() -> None:
    values = np.array([1e30, -1e30, np.inf, -np.inf, 3.4e38], np.float32)
    assert quantize(values, _tensor(DType.INT8, 0.1, 5)).tolist() == [127, -128, 127, -128, 127]
    assert quantize(values, _tensor(DType.UINT8, 1e-30, 5)).tolist() == [255, 0, 255, 0, 255]
    assert quantize(values, _tensor(DType.INT16, 0.1, 0)).tolist() == [32767, -32768, 32767, -32768, 32767]


def test_nan_and_missing_scales_are_refused() -> None:
    with pytest.raises(InputError, match="hold NaN"):
        quantize(np.array([np.nan]), _tensor(DType.INT8, 0.1, 5))
    with pytest.raises(InputError, match="no scale"):
        quantize(np.array([1.0]), Tensor(0, "t", (1,), DType.INT32))
    with pytest.raises(InputError, match="no scale"):
        quantize(np.array([1.0]), _tensor(DType.INT8, 0.0, 5))


@settings(max_examples=200, deadline=None)
@given(st.integers(-128, 127), st.floats(1e-6, 1e3), st.integers(-128, 127))
def test_integers_survive_the_way_to_real_values_and_back(value: int, scale: float, zero_point: int) -> None:
    tensor = _tensor(DType.INT8, scale, zero_point)
    assert quantize(dequantize(np.array([value], np.int8), tensor), tensor).tolist() == [value]


def test_per_channel_data_is_dequantized_along_its_axis() -> None:
    tensor = Tensor(0, "w", (2, 2, 1), DType.INT8, Quantization((1.0, 10.0), (0, 1), axis=1))
    values = np.array([[[1], [2]], [[3], [4]]], np.int8)
    assert dequantize(values, tensor).ravel().tolist() == [1, 10, 3, 30]
    assert dequantize(values[None], tensor).ravel().tolist() == [1, 10, 3, 30]


@pytest.mark.skipif(sys.platform != "linux", reason="tflite_micro is published for Linux only")
@pytest.mark.parametrize(("dtype", "zero_point"), [("int8", -7), ("int16", 0)])
@pytest.mark.parametrize("scale", [0.0235, 1 / 3, 1.0, 1e-3])
def test_rounding_is_that_of_tflms_quantize_and_dequantize(dtype: str, zero_point: int, scale: float) -> None:
    count = 4000
    builder = ModelBuilder()
    x = builder.tensor([1, count], "float32")
    q = builder.tensor([1, count], dtype, scale, zero_point)
    y = builder.tensor([1, count], "float32")
    builder.op("QUANTIZE", [x], [q]).op("DEQUANTIZE", [q], [y])
    model = parse_model(builder.build([x], [q, y]), "quantize")
    generator = np.random.default_rng(1)
    values = generator.uniform(-140, 140, count).astype(np.float32) * np.float32(scale)
    values[::2] = (generator.integers(-140, 140, count // 2) + 0.5).astype(np.float32) * np.float32(scale)  # near the halves
    runner = TflmRunner(model)
    integers, real = runner.run([values[None]]).outputs
    runner.close()
    ours = quantize(values, model.outputs[0])
    assert ours.tolist() == integers.ravel().tolist()
    assert dequantize(ours, model.outputs[0]).tobytes() == real.tobytes()


def test_float_results_are_quantized_as_the_models_outputs() -> None:
    model = parse_model(small_models.fully_connected(softmax=True), "dense")
    result = RunResult("keras", (np.array([[0.0, 0.25, 0.5, 1.0]], np.float32),))
    quantized = quantize_outputs(result, model)
    assert quantized.runner == "keras"
    assert quantized.outputs[0].tolist() == [[-128, -64, 0, 127]]
    assert quantize_outputs(quantized, model).outputs[0] is quantized.outputs[0]
