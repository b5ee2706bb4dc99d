"""Real values to a tensor's integers and back, rounded exactly as TFLM's QUANTIZE and DEQUANTIZE do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import RunResult
from mcu_toolkit.artifacts.real_values import quantize
from mcu_toolkit.model import Model, Tensor


def dequantize(values: npt.NDArray[Any], tensor: Tensor) -> npt.NDArray[np.float32]:
    """Integers of `tensor` as float32: scale * (q - zero_point), computed in float64 and rounded once, as TFLM does.

    Per-tensor quantization takes arrays of any shape; per-channel needs the axis at the same distance from the last
    dimension as in the tensor, so that [samples, ...] works too.  Floats, and integers without a scale, are only cast.
    """
    if values.dtype.kind == "f" or tensor.quantization is None:
        return values.astype(np.float32)
    quantization = tensor.quantization
    scales, zero_points = np.asarray(quantization.scales, np.float64), np.asarray(quantization.zero_points, np.int64)
    if quantization.per_channel:
        trailing = (1,) * (len(tensor.shape) - 1 - quantization.axis)
        scales, zero_points = scales.reshape(-1, *trailing), zero_points.reshape(-1, *trailing)
    real: npt.NDArray[np.float32] = (scales * (values.astype(np.int64) - zero_points)).astype(np.float32)
    return real


def quantize_outputs(result: RunResult, model: Model) -> RunResult:
    """`result` of a float runner with its outputs quantized as the model's are, so that both can be compared."""
    pairs = zip(result.outputs, model.outputs, strict=True)
    outputs = tuple(
        quantize(array, tensor) if array.dtype.kind == "f" and tensor.dtype.numpy.kind != "f" else array for array, tensor in pairs
    )
    return replace(result, outputs=outputs)
