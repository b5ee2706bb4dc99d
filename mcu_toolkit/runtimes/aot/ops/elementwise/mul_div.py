"""MUL, DIV and SQUARED_DIFFERENCE, with broadcasting and constants."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.c_tree import Cast, Formula, Values, call, numbers
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LayerRecord, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.requantization import requantize_flags, requantize_suffix
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import QUANTIZED, all_are, is_symmetric_in_16_bits, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import (
    ACTIVATIONS,
    BROADCAST,
    factor_fits,
    input_factor,
    output_range,
    plain_element,
    result_fields,
)
from mcu_toolkit.runtimes.aot.ops.elementwise.element import A, B, Element, lower_elementwise


def _mul_factor(view: OpView) -> float:
    first, second = (quantization(view.input(i)).scale for i in (0, 1))
    return first * second / quantization(view.output).scale


def mul_factor_is_below_2_to_30(view: OpView) -> Finding | None:
    """the product of the input scales, divided by the output's, is below 2^30"""
    return factor_fits(_mul_factor(view), view.output) if view.output.dtype in QUANTIZED else None


def _mul_quantized(view: OpView) -> Element:
    multiplier, shift = numerics.quantize_multiplier(_mul_factor(view))
    low, high = output_range(view)
    record = LayerRecord(
        "aot_mul_layer",
        (
            ("input_zero_point", numbers(*(quantization(view.input(i)).zero_point for i in (0, 1)))),
            *result_fields(view, multiplier, shift),
        ),
    )
    if view.output.dtype is DType.INT16:
        return Element("mul_int16", call("aot_mul_int16", "layer", A, B), ("mul.h",), record)
    fast = -31 <= shift < 0  # 255 * 255 is far below 2^30
    requantization = requantize_flags(fast=fast, minimum=low, maximum=high)
    name = "mul" + requantize_suffix(fast=fast, minimum=low, maximum=high)
    return Element(name, call("aot_mul_int8", "layer", A, B, requantization), ("mul.h",), record)


def _lower_mul(view: OpView, _target: Target) -> LoweredOperator:
    """One product an element."""
    quantized = view.output.dtype in QUANTIZED
    element = _mul_quantized(view) if quantized else plain_element(view, "mul", Formula("{a} * {b}"), call("aot_wrapping_multiply", A, B))
    return lower_elementwise(view, element)


MUL = Operator(
    name="MUL",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        all_are(DType.INT8, DType.INT16, DType.INT32, DType.FLOAT32),
        *BROADCAST,
        is_symmetric_in_16_bits,
        mul_factor_is_below_2_to_30,
        *ACTIVATIONS,
    ),
    lower=_lower_mul,
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
    multiplier, shift = numerics.quantize_multiplier(_div_factor(view))
    record = LayerRecord(
        "aot_div_layer",
        (
            ("input_zero_point", numbers(*(quantization(view.input(i)).zero_point for i in (0, 1)))),
            *result_fields(view, multiplier, shift),
        ),
    )
    return Element("div", call("aot_div_int8", "layer", A, B), ("div.h", "reciprocal.h"), record)


def _lower_div(view: OpView, _target: Target) -> LoweredOperator:
    """One quotient an element."""
    quantized = view.output.dtype is DType.INT8
    element = _div_quantized(view) if quantized else plain_element(view, "div", Formula("{a} / {b}"), call("aot_divide", A, B))
    return lower_elementwise(view, element)


DIV = Operator(
    name="DIV",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        all_are(DType.INT8, DType.INT32, DType.FLOAT32),
        *BROADCAST,
        factor_is_in_range,
        *ACTIVATIONS,
    ),
    lower=_lower_div,
)
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
    sources = [quantization(view.input(i)) for i in (0, 1)]
    factors = [numerics.quantize_multiplier(source.scale / _twice_largest(view)) for source in sources]
    inputs = [input_factor(source.zero_point, factor) for source, factor in zip(sources, factors, strict=True)]
    multiplier, shift = numerics.quantize_multiplier(_squared_difference_factor(view))
    record = LayerRecord(
        "aot_add_layer",
        (
            ("input", Values(tuple(inputs))),
            *result_fields(view, multiplier, shift),
        ),
    )
    dtype = view.output.dtype
    expression = Cast(f"{dtype.name.lower()}_t", call("aot_squared_difference", "layer", A, B, _EXTRA_BITS[dtype]))
    return Element(f"squared_difference_{dtype.name.lower()}", expression, ("squared_difference.h", "add.h"), record)


def _plain(view: OpView) -> Element:
    if view.output.dtype is DType.FLOAT32:
        return Element("squared_difference_float32", Formula("({a} - {b}) * ({a} - {b})"))
    difference = call("aot_wrapping_subtract", A, B)
    return Element("squared_difference_int32", call("aot_wrapping_multiply", difference, difference), ("plain.h",))


def _lower_squared_difference(view: OpView, _target: Target) -> LoweredOperator:
    """One square an element."""
    return lower_elementwise(view, _squared_difference_quantized(view) if view.output.dtype in QUANTIZED else _plain(view))


SQUARED_DIFFERENCE = Operator(
    name="SQUARED_DIFFERENCE",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        all_are(DType.INT8, DType.INT16, DType.INT32, DType.FLOAT32),
        *BROADCAST,
        is_symmetric_in_16_bits,
        squared_difference_factor_is_below_2_to_30,
    ),
    lower=_lower_squared_difference,
)
"""SQUARED_DIFFERENCE: int8, int16, int32 and float32, with broadcasting and constants."""


OPERATORS = (MUL, DIV, SQUARED_DIFFERENCE)
