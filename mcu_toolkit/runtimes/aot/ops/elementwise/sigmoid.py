"""LOGISTIC and TANH: int8 by a table of 256 entries, int16 by interpolation."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import fixed_point, libm, numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Prefixed, call
from mcu_toolkit.runtimes.aot.ir.fixed_point import input_radius, requantize, shift_right
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.type_constraints import is_symmetric_in_16_bits, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.element import A, Element
from mcu_toolkit.runtimes.aot.ops.elementwise.lookup import float_function, lookup
from mcu_toolkit.runtimes.aot.ops.elementwise.unary import unary_operator

_INTEGER_BITS = 4
"""Of the fixed-point inputs in 8 bits: from -16 to 16, beyond which both functions are flat."""
_RECONVERT = "convert the model again with a current TensorFlow"


def input_scale_is_not_tiny(view: OpView) -> Finding | None:
    """the scale of an INT8 input is above 2^-27"""
    source = view.input(0)
    if source.dtype is not DType.INT8 or quantization(source).scale > 2.0**-27:
        return None
    return Finding(f"a scale of {quantization(source).scale:g}", _RECONVERT, source)


def int16_scales_suit_the_table(view: OpView) -> Finding | None:
    """INT16: the output's scale is 2^-15, the input's below 2.6"""
    if view.input(0).dtype is not DType.INT16:
        return None
    log2, exact = checked_log2(quantization(view.output).scale)
    if not exact or log2 != -15:
        return Finding(f"a scale of {quantization(view.output).scale:g}", _RECONVERT, view.output)
    if quantization(view.input(0)).scale * 4096 * 3 > 32767:
        return Finding(f"a scale of {quantization(view.input(0)).scale:g}", _RECONVERT, view.input(0))
    return None


def checked_log2(scale: float) -> tuple[int, bool]:
    """The nearest integer to log2(scale), and whether it is within 1/1000, all in float32 as TFLM's CheckedLog2."""
    log2 = np.float32(libm.logf(np.float32(scale)) * np.float32(np.float32(1) / libm.logf(np.float32(2))))
    nearest = np.float32(numerics.round_half_away(float(log2)))
    return int(nearest), bool(abs(np.float32(log2 - nearest)) < np.float32(1e-3))


def int8_element(view: OpView, function: Callable[[int, int], int], fraction_bits: int, zero_point: int) -> Element:
    """`function(value, integer bits)` gives fractions of 2^31, the output has `fraction_bits` and `zero_point` whatever the model says."""
    source = quantization(view.input(0))
    fraction, shift = math.frexp(source.scale * 2.0 ** (31 - _INTEGER_BITS))
    multiplier = numerics.round_half_away(fraction * (1 << 31))
    radius = input_radius(_INTEGER_BITS, shift)

    def value_of(value: int) -> int:
        centred = value - source.zero_point
        if centred <= -radius:
            return -128
        if centred >= radius:
            return 127
        result = function(requantize(centred, multiplier, shift), _INTEGER_BITS)
        return max(-128, min(127, shift_right(result, 31 - fraction_bits) + zero_point))

    return lookup(value_of)


def int16_element(view: OpView, name: str, direct_shifts: tuple[int, ...]) -> Element:
    """`direct_shifts`: for input scales of 2^(shift - 12) the factor is exactly 3 * 2^shift."""
    scale = quantization(view.input(0)).scale
    log2, exact = checked_log2(scale)
    if exact and 12 + log2 in direct_shifts:
        multiplier, shift = 3 << (12 + log2), 0
    else:
        real, shift = scale * 4096.0 * 3.0, 0
        while real <= 32767.0 / 2.0 and shift <= 30:
            shift += 1
            real *= 2.0
        multiplier = int(real)
    record = records.record("aot_factor", multiplier=multiplier, shift=shift)
    return Element(f"{name}_int16", call(f"aot_{name}_int16", A, Prefixed("*", "layer")), ("sigmoid.h",), record)


def int8_output_is_a_probability(view: OpView) -> Finding | None:
    """the zero point of an INT8 output is -128 (its scale is taken for 1/256)"""
    if view.output.dtype is not DType.INT8 or quantization(view.output).zero_point == -128:
        return None
    return Finding(f"a zero point of {quantization(view.output).zero_point}", "convert the model again", view.output)


def uint8_output_is_a_probability(view: OpView) -> Finding | None:
    """the scale of a UINT8 output is 1/256, its zero point 0"""
    result = quantization(view.output)
    if view.output.dtype is not DType.UINT8 or (result.scale, result.zero_point) == (1 / 256, 0):
        return None
    return Finding(f"a scale of {result.scale:g} and a zero point of {result.zero_point}", "convert the model again", view.output)


def _logistic_int8(view: OpView) -> Element:
    return int8_element(view, fixed_point.logistic, fraction_bits=8, zero_point=-128)


def _logistic_int16(view: OpView) -> Element:
    return int16_element(view, "logistic", (0,))


def _logistic(value: np.float32) -> np.float32:
    """1 / (1 + exp(-value)), each operation one of float32."""
    result: np.float32 = np.float32(1) / (np.float32(1) + libm.expf(np.float32(-value)))
    return result


def _uint8(view: OpView) -> Element:
    return lookup(float_function(view, _logistic), DType.UINT8)


LOGISTIC = unary_operator(
    "LOGISTIC",
    {DType.INT8: _logistic_int8, DType.INT16: _logistic_int16, DType.UINT8: _uint8},
    is_symmetric_in_16_bits,
    int8_output_is_a_probability,
    uint8_output_is_a_probability,
    input_scale_is_not_tiny,
    int16_scales_suit_the_table,
)
"""LOGISTIC: int8, int16 and uint8, which TFLM has no kernel for: there LiteRT's reference kernel is the golden."""


def _tanh_int8(view: OpView) -> Element:
    return int8_element(view, fixed_point.tanh, fraction_bits=7, zero_point=0)


def _tanh_int16(view: OpView) -> Element:
    return int16_element(view, "tanh", (0, 1))


TANH = unary_operator(
    "TANH",
    {DType.INT8: _tanh_int8, DType.INT16: _tanh_int16},
    is_symmetric_in_16_bits,
    input_scale_is_not_tiny,
    int16_scales_suit_the_table,
)
"""TANH: int8 and int16.  The output's scale is taken for 1/128 and its zero point for 0 in 8 bits, as in TFLM."""


OPERATORS = (LOGISTIC, TANH)
