"""The integer arithmetic of recurrent operators, over whole arrays: that of TFLM's LSTM, from which GRU and SimpleRNN are made too.

Sources: tensorflow/lite/micro/kernels/lstm_eval.h and tensorflow/lite/kernels/internal/reference/integer_ops/{logistic,tanh}.h.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir import numerics

Integers = npt.NDArray[np.int64]
GATE_SCALE = 2.0**-12
"""Of the argument of a gate's activation."""
STATE_SCALE = 2.0**-15
"""Of what activations give, and of a GRU's state."""
_ONE_ABOVE = (
    *(4, 8, 12, 14, 15, 16, 17, 19, 20, 21, 22, 25, 27, 28, 29, 30, 31, 33, 34, 35, 37, 39, 40, 41, 43, 44, 45, 46, 49, 50, 54),
    *(62, 63, 64, 66, 82, 86, 93, 100, 103, 112, 116, 135, 255),
)
"""Entries of TFLM's table that are one above the nearest integer."""
_TABLE: Integers = np.array([round(65536 / (1 + math.exp(-i / 24))) + (i in _ONE_ABOVE) for i in range(256)], np.int64)
"""sigmoid(i / 24) in fractions of 2^16."""


def requantize(values: Integers, real: float) -> Integers:
    """values * real, rounded twice as TFLM's MultiplyByQuantizedMultiplier does; values fit 32 bits, also shifted to the left."""
    multiplier, shift = numerics.quantize_multiplier(real)
    wrapped = ((values << max(shift, 0)) + 2**31) % 2**32 - 2**31
    high = (wrapped * multiplier + (1 << 30)) >> 31
    right = max(-shift, 0)
    mask = (1 << right) - 1
    return (high >> right) + ((high & mask) > (mask >> 1) + (high < 0)).astype(np.int64)


def saturate(values: Integers, bits: int = 16) -> Integers:
    """Within a signed integer of so many bits."""
    return np.clip(values, -(1 << (bits - 1)), (1 << (bits - 1)) - 1)


def logistic(values: Integers) -> Integers:
    """From steps of 2^-12 to fractions of 2^15."""
    scaled = values * 3
    sigmoid = _interpolated(np.abs(scaled), 9, 0x7FFF << 10)
    return np.where(scaled >= 0, sigmoid + (1 << 9), (1 << 25) - sigmoid + (1 << 9) - 1) >> 10


def tanh(values: Integers) -> Integers:
    """From steps of 2^-12 to fractions of 2^15."""
    scaled = values * 3
    sigmoid = _interpolated(np.abs(scaled), 8, 0xFFFF << 8)
    return np.where(scaled >= 0, sigmoid - (1 << 23) + (1 << 7), (1 << 23) - sigmoid + (1 << 7) - 1) >> 8


def _interpolated(magnitude: Integers, bits: int, beyond: int) -> Integers:
    index = np.minimum(magnitude >> bits, 254)
    low, high = _TABLE[index], _TABLE[index + 1]
    inside = (low << bits) + (magnitude & ((1 << bits) - 1)) * (high - low)
    return np.where(magnitude >> bits >= 255, beyond, inside)


def products(x: Integers, weights: Integers, bias: Integers, zero_point: int, real: float) -> Integers:
    """What a gate gets of `x` [batch, inputs]: the sums with `weights` [units, inputs], as 16 bits in steps of 2^-12."""
    return saturate(requantize((x - zero_point) @ weights.T + bias, real))


def rounded_half_up(values: Integers, bits: int) -> Integers:
    """values / 2^bits to the nearest integer."""
    return (values + (1 << (bits - 1))) >> bits


def as_integers(array: npt.NDArray[Any]) -> Integers:
    """Wide enough for every sum."""
    return array.astype(np.int64)
