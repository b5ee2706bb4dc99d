"""Quantization arithmetic that must agree with TensorFlow Lite Micro to the last bit.

Sources: tensorflow/lite/kernels/internal/quantization_util.cc and common.cc (double rounding), kernel_util.cc (activation ranges,
effective scales), gemmlowp/fixedpoint/fixedpoint.h (fixed-point exp).  Python integers do the fixed-point part exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

INT32_MAX = 2**31 - 1
MAX_LEFT_SHIFT = 30
"""More would shift every bit of a sum out of 32 bits; TFLM's behaviour is undefined there."""
MAX_WIDE_SHIFT = 14
"""The same for sums of 64 bits, whose factor TFLM cuts to 16 bits: one bit must be left to shift to the right."""
_FAST_LIMIT = 1 << 30
"""Below this a rescaled sum plus its rounding constant cannot leave 32 bits: see aot_requantize_right in kernels/aot.h."""

ACTIVATION_BOUNDS: dict[str, tuple[float | None, float | None]] = {
    "NONE": (None, None),
    "RELU": (0.0, None),
    "RELU_N1_TO_1": (-1.0, 1.0),
    "RELU6": (0.0, 6.0),
}
"""Real-valued lower and upper bound of each fused activation."""


def round_half_away(value: float) -> int:
    """The nearest integer, halves away from zero, as C's round()."""
    whole = math.trunc(value)
    return whole + int(math.copysign(1, value)) if abs(value - whole) >= 0.5 else whole


def quantize_multiplier(multiplier: float) -> tuple[int, int]:
    """`multiplier` as (m, shift) with multiplier = m / 2^31 * 2^shift and m in 2^30..2^31-1; (0, 0) for what is too small."""
    if multiplier == 0.0:
        return 0, 0
    fraction, shift = math.frexp(multiplier)
    quantized = round_half_away(fraction * (1 << 31))
    if quantized == 1 << 31:
        quantized //= 2
        shift += 1
    return (0, 0) if shift < -31 else (quantized, shift)


def wide_multiplier(multiplier: float) -> tuple[int, int]:
    """`multiplier` for sums of 64 bits as (m, right) with multiplier = m / 2^right, m of 16 bits: TFLM's for int64_t."""
    quantized, shift = quantize_multiplier(multiplier)
    return (quantized + (1 << 15)) >> 16 if quantized < 0x7FFF0000 else 0x7FFF, 15 - shift


def doubling_high_mul(a: int, b: int) -> int:
    """round(a * b / 2^31) with halves up, saturated: gemmlowp's SaturatingRoundingDoublingHighMul."""
    return min((a * b + (1 << 30)) >> 31, INT32_MAX)


def rounding_shift(value: int, exponent: int) -> int:
    """value / 2^exponent to the nearest integer, halves away from zero: gemmlowp's RoundingDivideByPOT."""
    mask = (1 << exponent) - 1
    return (value >> exponent) + int((value & mask) > (mask >> 1) + (value < 0))


def saturating_left_shift(value: int, exponent: int) -> int:
    """value * 2^exponent, saturated to 32 bits."""
    return max(-(2**31), min(INT32_MAX, value << exponent))


def requantize(value: int, multiplier: int, shift: int) -> int:
    """value * multiplier / 2^31 * 2^shift as TFLM's MultiplyByQuantizedMultiplier with double rounding."""
    return rounding_shift(doubling_high_mul(value << max(shift, 0), multiplier), max(-shift, 0))


def activation_range(activation: str, scale: float, zero_point: int, low: int = -128, high: int = 127) -> tuple[int, int]:
    """Bounds of the quantized output after a fused activation; raises KeyError for one that has no bounds (TANH)."""
    lower, upper = ACTIVATION_BOUNDS[activation]
    # TFLM divides and rounds in float32.
    if lower is not None:
        low = max(low, zero_point + round_half_away(float(np.float32(lower) / np.float32(scale))))
    if upper is not None:
        high = min(high, zero_point + round_half_away(float(np.float32(upper) / np.float32(scale))))
    return low, high


@dataclass(frozen=True, eq=False)
class Rescaling:
    """Factors from accumulators to outputs, one a channel (or one for all)."""

    multipliers: npt.NDArray[np.int32]
    shifts: npt.NDArray[np.int8]
    """Positive: to the left."""
    max_shift: int

    def is_fast(self, largest_sum: int) -> bool:
        """True where every shift goes to the right and no sum's magnitude exceeds 2^30: the short rounding is exact then."""
        return largest_sum < _FAST_LIMIT and bool(np.all(self.shifts < 0))


def rescaling(real_multipliers: Sequence[float]) -> Rescaling:
    """Fixed-point factors for real ones: quantize_multiplier of each, of all at once."""
    fractions, exponents = np.frexp(np.asarray(real_multipliers, np.float64))
    scaled = fractions * (1 << 31)
    whole = np.trunc(scaled)
    multipliers = (whole + np.where(np.abs(scaled - whole) >= 0.5, np.copysign(1.0, scaled), 0.0)).astype(np.int64)
    rounded_up = multipliers == 1 << 31
    multipliers, shifts = np.where(rounded_up, 1 << 30, multipliers), exponents.astype(np.int64) + rounded_up
    # A factor of 0 (a dead channel, or too small) gives 0 with any shift; -1 does not stand in the way of the short rounding.
    is_zero = (shifts < -31) | (multipliers == 0)
    multipliers, shifts = np.where(is_zero, 0, multipliers), np.where(is_zero, -1, shifts)
    return Rescaling(multipliers.astype(np.int32), np.clip(shifts, -128, 127).astype(np.int8), int(shifts.max()))


def channel_multipliers(input_scale: float, weight_scales: Sequence[float], output_scale: float, channels: int) -> list[float]:
    """Real factors of a convolution (and of a per-channel FULLY_CONNECTED): one a channel, products in double."""
    scales = list(weight_scales) if len(weight_scales) > 1 else list(weight_scales) * channels
    return [input_scale * scale / output_scale for scale in scales]


def tensor_multiplier(input_scale: float, weight_scale: float, output_scale: float) -> float:
    """The real factor of a layer with one scale for all weights: in double, as the pinned wheel computes it.

    TFLM's sources of 2026-08 multiply the two scales in float32 first; outputs of the wheel tell the difference, one in about 10^6.
    """
    return input_scale * weight_scale / output_scale


def fold_zero_point(weights: npt.NDArray[np.int8], bias: npt.NDArray[np.int64], zero_point: int) -> npt.NDArray[np.int32]:
    """bias - zero_point * sum(weights) of each channel, modulo 2^32: then the kernel multiplies inputs as they are.

    `weights`: [channels, ...]; `bias`: [channels].
    """
    sums = weights.reshape(len(weights), -1).sum(axis=1, dtype=np.int64)
    effective_bias: npt.NDArray[np.int32] = (bias - zero_point * sums).astype(np.uint64).astype(np.uint32).view(np.int32)
    return effective_bias


def largest_sum(weights: npt.NDArray[np.int8], bias: npt.NDArray[np.int64], zero_point: int) -> int:
    """A bound of every accumulator's magnitude over all inputs.  `weights`: [channels, ...]; `bias`: [channels]."""
    magnitudes = np.abs(weights.reshape(len(weights), -1).astype(np.int64)).sum(axis=1)
    reach = max(128 + zero_point, 127 - zero_point)
    return int((magnitudes * reach + np.abs(bias)).max())


def exp_on_negative_values(value: int, integer_bits: int = 5) -> int:
    """exp of a fixed-point value <= 0 with `integer_bits` of 31, as a fraction of 2^31: gemmlowp's exp_on_negative_values."""
    if value == 0:
        return INT32_MAX
    fraction_bits = 31 - integer_bits
    quarter = 1 << (fraction_bits - 2)
    reduced = (value & (quarter - 1)) - quarter
    result = _exp_near_zero(saturating_left_shift(reduced, integer_bits))
    remainder = reduced - value
    for exponent, factor in _EXP_FACTORS:
        if exponent < integer_bits and remainder & (1 << (fraction_bits + exponent)):
            result = doubling_high_mul(result, factor)
    return result


_EXP_FACTORS = (
    (-2, 1672461947),
    (-1, 1302514674),
    (0, 790015084),
    (1, 290630308),
    (2, 39332535),
    (3, 720401),
    (4, 242),
)
"""(e, exp(-2^e) * 2^31)."""


def _exp_near_zero(value: int) -> int:
    """exp on [-1/4, 0) in fractions of 2^31: a Taylor series around -1/8."""
    x = value + (1 << 28)
    x2 = doubling_high_mul(x, x)
    x3 = doubling_high_mul(x2, x)
    x4 = doubling_high_mul(x2, x2)
    third = doubling_high_mul(rounding_shift(x4, 2) + x3, 715827883)
    series = x + rounding_shift(third + x2, 1)
    return 1895147668 + doubling_high_mul(1895147668, series)


def softmax_exp_table(scale: float, beta: float) -> npt.NDArray[np.int32]:
    """exp(-d * scale * beta) in fractions of 2^31 for d = 0, 1, ..., up to 255; differences beyond the table count as zero.

    Raises ValueError where scale * beta is too small for TFLM's fixed point.
    """
    real = min(beta * scale * (1 << 26), float(INT32_MAX))
    if real <= 1.0:
        raise ValueError("scale * beta is below 2^-26")
    multiplier, left_shift = quantize_multiplier(real)
    largest_difference = math.floor(31.0 * (1 << 26) / (1 << left_shift))
    entries = range(min(255, largest_difference) + 1)
    return np.array([exp_on_negative_values(doubling_high_mul(-d * (1 << left_shift), multiplier)) for d in entries], np.int32)
