"""Real values as a tensor's integers, rounded exactly as TFLM's QUANTIZE does; `kernels/real.h` is the same in C."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Quantization, Tensor


def quantize(values: npt.NDArray[Any], tensor: Tensor) -> npt.NDArray[Any]:
    """Real `values` [samples, ...] or [...] in the integer dtype of `tensor`: clamp(round(v / scale) + zero_point).

    The division is in float32 and halves are rounded away from zero, as in TFLM's `AffineQuantize`
    (tensorflow/lite/kernels/internal/reference/quantize.h).  Values outside of the range become the nearest end.
    Raises InputError where `tensor` has no per-tensor scale or a value is not a number.
    """
    quantization = _per_tensor(tensor)
    real = np.asarray(values, np.float32)
    if np.isnan(real).any():
        raise InputError(f"values for tensor '{tensor.name}' hold NaN", expected="numbers")
    with np.errstate(over="ignore"):
        quotient = (real / np.float32(quantization.scale)).astype(np.float64)
    # Exact: a float32 and a half need fewer bits than a float64 has.  numpy.round would round halves to even.
    rounded = np.trunc(quotient + np.copysign(0.5, quotient))
    limits = np.iinfo(tensor.dtype.numpy)
    clamped: npt.NDArray[Any] = np.clip(rounded + quantization.zero_point, limits.min, limits.max).astype(tensor.dtype.numpy)
    return clamped


def _per_tensor(tensor: Tensor) -> Quantization:
    if tensor.quantization is None or tensor.quantization.per_channel or tensor.quantization.scale == 0:
        raise InputError(f"tensor '{tensor.name}' ({tensor.dtype.name}) has no scale for real values", expected="one scale above 0")
    return tensor.quantization
