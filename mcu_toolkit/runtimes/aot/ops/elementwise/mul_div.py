"""MUL, DIV and SQUARED_DIFFERENCE, with broadcasting and constants."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.c_tree import Binary, Cast, Group, call
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.records import requantize_flags, requantize_suffix
from mcu_toolkit.runtimes.aot.ir.type_constraints import QUANTIZED, is_symmetric_in_16_bits, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import (
    ACTIVATIONS,
    add_record,
    binary_operator,
    factor_fits,
    mul_record,
    output_range,
    plain_element,
)
from mcu_toolkit.runtimes.aot.ops.elementwise.element import A, B, Element


def _mul_factor(view: OpView) -> float:
    first, second = (quantization(view.input(i)).scale for i in (0, 1))
    return first * second / quantization(view.output).scale


def mul_factor_is_below_2_to_30(view: OpView) -> Finding | None:
    """the product of the input scales, divided by the output's, is below 2^30"""
    return factor_fits(_mul_factor(view), view.output) if view.output.dtype in QUANTIZED else None


def _mul_quantized(view: OpView) -> Element:
    multiplier, shift = numerics.quantize_multiplier(_mul_factor(view))
    low, high = output_range(view)
    record = mul_record(view, (multiplier, shift))
    if view.output.dtype is DType.INT16:
        return Element("mul_int16", call("aot_mul_int16", "layer", A, B), ("mul.h",), record)
    fast = -31 <= shift < 0  # 255 * 255 is far below 2^30
    requantization = requantize_flags(fast=fast, minimum=low, maximum=high)
    name = "mul" + requantize_suffix(fast=fast, minimum=low, maximum=high)
    return Element(name, call("aot_mul_int8", "layer", A, B, requantization), ("mul.h",), record)


def _mul(view: OpView) -> Element:
    """One product an element."""
    if view.output.dtype in QUANTIZED:
        return _mul_quantized(view)
    return plain_element(view, "mul", Binary(A, "*", B), call("aot_wrapping_multiply", A, B))


MUL = binary_operator(
    "MUL",
    _mul,
    (DType.INT8, DType.INT16, DType.INT32, DType.FLOAT32),
    is_symmetric_in_16_bits,
    mul_factor_is_below_2_to_30,
    *ACTIVATIONS,
)
"""MUL: int8, int16, int32 and float32, with broadcasting and constants."""


_SHIFTS = range(-16, 23)
"""Right shifts are from 22 (a divisor of zero, a dividend of 255) to 38 (a divisor of 255, a dividend of 0) minus the factor's: 0 to 62."""


def _div_factor(view: OpView) -> float:
    first, second = (quantization(view.input(i)).scale for i in (0, 1))
    return first / (second * quantization(view.output).scale)


def factor_is_in_range(view: OpView) -> Finding | None:
    """the first input scale, divided by those of the second and the output, is from 2^-16 to 2^22"""
    if view.output.dtype is not DType.INT8:
        return None
    if numerics.quantize_multiplier(_div_factor(view))[1] in _SHIFTS:
        return None
    return Finding(f"a factor of {_div_factor(view):g}", "convert the model again with representative data", view.output)


def _div_quantized(view: OpView) -> Element:
    record = mul_record(view, numerics.quantize_multiplier(_div_factor(view)))
    return Element("div", call("aot_div_int8", "layer", A, B), ("div.h", "mul.h", "reciprocal.h"), record)


def _div(view: OpView) -> Element:
    """One quotient an element."""
    if view.output.dtype is DType.INT8:
        return _div_quantized(view)
    return plain_element(view, "div", Binary(A, "/", B), call("aot_divide", A, B))


DIV = binary_operator("DIV", _div, (DType.INT8, DType.INT32, DType.FLOAT32), factor_is_in_range, *ACTIVATIONS)
"""DIV: int8, int32 and float32, with broadcasting and constants."""


_EXTRA_BITS = {DType.INT8: 7, DType.INT16: 0}


def _twice_largest(view: OpView) -> float:
    return 2 * max(quantization(view.input(i)).scale for i in (0, 1))


def _squared_difference_factor(view: OpView) -> float:
    # The only product of this factor that TFLM takes in float32.
    divisor = np.float32(1 << (2 * _EXTRA_BITS[view.output.dtype])) * np.float32(quantization(view.output).scale)
    return _twice_largest(view) ** 2 / float(divisor)


def squared_difference_factor_is_below_2_to_30(view: OpView) -> Finding | None:
    """the square of the larger input scale, divided by the output's, is below 2^42 (INT16: 2^28)"""
    return factor_fits(_squared_difference_factor(view), view.output) if view.output.dtype in QUANTIZED else None


def _squared_difference_quantized(view: OpView) -> Element:
    factors = [numerics.quantize_multiplier(quantization(view.input(i)).scale / _twice_largest(view)) for i in (0, 1)]
    record = add_record(view, factors, numerics.quantize_multiplier(_squared_difference_factor(view)))
    dtype = view.output.dtype
    expression = Cast(f"{dtype.name.lower()}_t", call("aot_squared_difference", "layer", A, B, _EXTRA_BITS[dtype]))
    return Element(f"squared_difference_{dtype.name.lower()}", expression, ("add.h",), record)


def _squared_difference(view: OpView) -> Element:
    """One square an element."""
    if view.output.dtype in QUANTIZED:
        return _squared_difference_quantized(view)
    if view.output.dtype is DType.FLOAT32:
        apart = Group(Binary(A, "-", B))
        return Element("squared_difference_float32", Binary(apart, "*", apart))
    difference = call("aot_wrapping_subtract", A, B)
    return Element("squared_difference_int32", call("aot_wrapping_multiply", difference, difference), ("plain.h",))


SQUARED_DIFFERENCE = binary_operator(
    "SQUARED_DIFFERENCE",
    _squared_difference,
    (DType.INT8, DType.INT16, DType.INT32, DType.FLOAT32),
    is_symmetric_in_16_bits,
    squared_difference_factor_is_below_2_to_30,
)
"""SQUARED_DIFFERENCE: int8, int16, int32 and float32, with broadcasting and constants."""


OPERATORS = (MUL, DIV, SQUARED_DIFFERENCE)
