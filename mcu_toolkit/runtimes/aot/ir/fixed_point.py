"""Functions in fixed point, as gemmlowp and TFLM compute them, for tables that are made with the model.

Sources: gemmlowp/fixedpoint/fixedpoint.h; tensorflow/lite/kernels/internal/common.h and quantization_util.cc.  Values are int32 with
a number of integer bits that the functions name; the rest are fraction bits.  Sums wrap like those of the C code.
"""

from __future__ import annotations

import math

from mcu_toolkit.runtimes.aot.ir.numerics import (
    INT32_MAX,
    doubling_high_mul,
    exp_on_negative_values,
    rounding_shift,
    saturating_left_shift,
)


def wrap(value: int, bits: int = 32) -> int:
    """`value` modulo 2^bits, as a signed integer."""
    return (value + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))


def requantize(value: int, multiplier: int, shift: int) -> int:
    """TFLM's MultiplyByQuantizedMultiplier, overflows of the left shift included."""
    shifted = wrap(value << max(shift, 0))
    return shift_right(doubling_high_mul(shifted, multiplier), max(-shift, 0))


def shift_right(value: int, exponent: int) -> int:
    """gemmlowp's RoundingDivideByPOT.  Beyond 31 it is what TFLM does on x86: the count is taken modulo 32, and 0 becomes 1."""
    return rounding_shift(value, exponent) if exponent < 32 else wrap((value >> (exponent - 32)) + (value >= 0))


def _newton(x: int) -> int:
    """1 / (1 + x) for x in [0, 1) as fractions of 2^31; the result has one more integer bit than fits, hence fractions of 2^30."""
    total = x + INT32_MAX
    half = (total + 1) // 2 if total >= 0 else -((1 - total) // 2)
    y = 1515870810 + doubling_high_mul(half, -1010580540)
    for _ in range(3):
        error = wrap((1 << 29) - doubling_high_mul(half, y))
        y = wrap(y + saturating_left_shift(doubling_high_mul(y, error), 2))
    return y


def one_over_one_plus(x: int) -> int:
    """1 / (1 + x), both in fractions of 2^31."""
    return saturating_left_shift(_newton(x), 1)


def logistic(value: int, integer_bits: int) -> int:
    """1 / (1 + exp(-value)) in fractions of 2^31."""
    if value == 0:
        return 1 << 30
    positive = one_over_one_plus(exp_on_negative_values(-abs(value), integer_bits))
    return positive if value > 0 else INT32_MAX - positive


def tanh(value: int, integer_bits: int) -> int:
    """The hyperbolic tangent in fractions of 2^31: (1 - e) / (1 + e) with e = exp(-2 |value|)."""
    if value == 0:
        return 0
    # One integer bit more in the same word is the factor of two.
    reciprocal = _newton(exp_on_negative_values(-abs(value), integer_bits + 1))
    positive = saturating_left_shift(reciprocal - (1 << 29), 2)
    return positive if value > 0 else -positive


def input_radius(integer_bits: int, left_shift: int) -> int:
    """The largest input of a function with `integer_bits` that `left_shift` does not carry out of 32 bits."""
    return math.floor(((1 << integer_bits) - 1) * 2.0 ** (31 - integer_bits) / 2.0**left_shift)


def inverse_square_root(value: int) -> tuple[int, int]:
    """1 / sqrt(value) for value >= 0 as (multiplier, shift), negative: to the right; 1 for 0 and 1."""
    if value <= 1:
        return INT32_MAX, 0
    shift = 11
    while value >= 1 << 29:
        value //= 4
        shift += 1
    pairs = (32 - value.bit_length() - 1) // 2 - 1
    shift -= pairs
    scaled = (value << (2 * pairs)) >> 1
    half = rounding_shift(scaled, 1)
    x = 1 << 28  # 3 integer bits; Newton's iteration x = 3/2 x - value/2 x^3
    for _ in range(5):
        cubed = saturating_left_shift(doubling_high_mul(doubling_high_mul(x, x), x), 6)
        x = saturating_left_shift(doubling_high_mul(3 << 27, x) - doubling_high_mul(half, cubed), 3)
    x = doubling_high_mul(x, 1518500250)  # the square root of a half
    return (x << -shift, 0) if shift < 0 else (x, -shift)
