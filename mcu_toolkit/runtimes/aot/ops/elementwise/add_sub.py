"""ADD, SUB and ADD_N: int8, int16, int32 and float32."""

from __future__ import annotations

from string import ascii_lowercase

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import Binary, Cast, Expression, InputElement, Labelled, Prefixed, call, chained
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, shape_finding
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Constraint, Finding, OpView
from mcu_toolkit.runtimes.aot.ir.records import requantize_flags, requantize_suffix
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import QUANTIZED, all_are, is_quantized, quantization, tensors
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import (
    ACTIVATIONS,
    activation,
    add_record,
    binary_operator,
    output_range,
    plain_element,
)
from mcu_toolkit.runtimes.aot.ops.elementwise.element import A, B, Element, lower_elementwise

EXTRA_BITS = {DType.INT8: 20, DType.INT16: 15}
"""Fraction bits of the sum, by element type."""
_LARGEST_INT8_SUM = 2 * 255 << (EXTRA_BITS[DType.INT8] - 1)
"""Two centred int8 values, each times at most a half, with 20 more bits."""


def _output_factor(view: OpView) -> float:
    twice_largest = 2 * max(quantization(view.input(i)).scale for i in (0, 1))
    return twice_largest / ((1 << EXTRA_BITS[view.output.dtype]) * quantization(view.output).scale)


def sums_output_factor_is_below_one(view: OpView) -> Finding | None:
    """the larger input scale is less than 2^19 (INT16: 2^14) output scales"""
    if view.output.dtype not in QUANTIZED:
        return None
    factor = _output_factor(view)
    # TFLM stops at factors from 1 on; one just below rounds up to it.
    if factor < 1.0 and numerics.quantize_multiplier(factor)[1] <= 0:
        return None
    return Finding(f"an output scale of {quantization(view.output).scale:g}", "convert the model again", view.output)


def int32_sums_have_no_activation(view: OpView) -> Finding | None:
    """INT32 sums have no fused activation, which TFLM would leave out"""
    if view.output.dtype is not DType.INT32 or activation(view) == "NONE":
        return None
    return Finding(f"a fused {activation(view)}", "make the activation a layer of its own")


def _scaled_element(view: OpView, name: str, factors: list[tuple[int, int]], output_factor: tuple[int, int]) -> Element:
    """The input with the larger scale is shifted, the other multiplied."""
    halves = [factor == (1 << 30, 0) for factor in factors]
    low, high = output_range(view)
    bits, is_half = EXTRA_BITS[view.output.dtype], (Labelled("halves", int(halves[0])), int(halves[1]))
    sums = call(f"aot_{name}_scaled", "layer", A, B, bits, *is_half)
    suffix = "".join(f"_half{i}" for i, half in enumerate(halves) if half)
    if view.output.dtype is DType.INT8:
        fast = -31 <= output_factor[1] < 0 and _LARGEST_INT8_SUM < 1 << 30
        requantization = requantize_flags(fast=fast, minimum=low, maximum=high)
        expression: Expression = call("aot_requantize_output", sums, "layer->factor", Prefixed("&", "layer->output"), requantization)
        kernel = name + suffix + requantize_suffix(fast=fast, minimum=low, maximum=high)
    else:
        scaled = call("aot_requantize_by", Cast("int32_t", sums), "layer->factor")
        expression = Cast("int16_t", call("aot_output_of", scaled, Prefixed("&", "layer->output")))
        kernel = f"{name}_int16{suffix}"
    return Element(kernel, expression, ("add.h",), add_record(view, factors, output_factor))


def _quantized(view: OpView, name: str) -> Element:
    scales = [quantization(view.input(i)).scale for i in (0, 1)]
    factors = [numerics.quantize_multiplier(scale / (2 * max(scales))) for scale in scales]
    return _scaled_element(view, name, factors, numerics.quantize_multiplier(_output_factor(view)))


def sum_operator(name: str, float_expression: Expression, int_expression: Expression, *constraints: Constraint) -> Operator:
    """ADD or SUB."""

    def element(view: OpView) -> Element:
        quantized = view.output.dtype in QUANTIZED
        return _quantized(view, name.lower()) if quantized else plain_element(view, name.lower(), float_expression, int_expression)

    dtypes = (DType.INT8, DType.INT16, DType.INT32, DType.FLOAT32)
    return binary_operator(name, element, dtypes, sums_output_factor_is_below_one, *ACTIVATIONS, *constraints)


ADD = sum_operator("ADD", Binary(A, "+", B), call("aot_wrapping_add", A, B), int32_sums_have_no_activation)
"""ADD: int8, int16, int32 and float32, with broadcasting and constants."""


SUB = sum_operator("SUB", Binary(A, "-", B), call("aot_wrapping_subtract", A, B))
"""SUB: int8, int16, int32 and float32, with broadcasting and constants."""


_MOST_INPUTS = len(ascii_lowercase)
_BITS = 20


def number_of_inputs_is_supported(view: OpView) -> Finding | None:
    """2 to 26 inputs, none left out, and 1 output"""
    if 2 <= len(view.op.inputs) <= _MOST_INPUTS and min(view.op.inputs) >= 0 and len(view.op.outputs) == 1:
        return None
    return Finding(f"{len(view.op.inputs)} inputs and {len(view.op.outputs)} outputs", "add in several layers")


def shapes_are_equal(view: OpView) -> Finding | None:
    """inputs and output have the same shape"""
    for tensor in tensors(view):
        if tensor.shape != view.input(0).shape:
            return shape_finding(tensor, view.input(0).shape)
    return None


def inputs_have_one_quantization(view: OpView) -> Finding | None:
    """INT8: all inputs have the same scale and zero point"""
    if view.output.dtype is not DType.INT8:
        return None
    first = quantization(view.input(0))
    for tensor in tensors(view)[:-1]:
        if (quantization(tensor).scale, quantization(tensor).zero_point) != (first.scale, first.zero_point):
            return Finding("another scale or zero point than the first input's", "add in pairs (ADD)", tensor)
    return None


def _factor(view: OpView) -> float:
    return 2 * quantization(view.input(0)).scale / ((1 << _BITS) * quantization(view.output).scale)


def add_n_output_factor_is_below_one(view: OpView) -> Finding | None:
    """INT8: the inputs' scale is less than 2^19 output scales"""
    if view.output.dtype is not DType.INT8 or (_factor(view) < 1.0 and numerics.quantize_multiplier(_factor(view))[1] <= 0):
        return None
    return Finding(f"an output scale of {quantization(view.output).scale:g}", "convert the model again", view.output)


def _lower_add_n(view: OpView, _target: Target) -> LoweredOperator:
    """One function a number of inputs."""
    count = len(view.op.inputs)
    elements = [InputElement(position) for position in range(count)]
    if view.output.dtype is DType.FLOAT32:
        return lower_elementwise(view, Element(f"add_{count}_float32", chained("+", "0.0f", *elements)))
    source, (multiplier, shift) = quantization(view.input(0)), numerics.quantize_multiplier(_factor(view))
    record = records.record(
        "aot_add_n_layer",
        offset=(count + 1) * source.zero_point,
        factor=records.factor(multiplier, shift),
        zero_point=quantization(view.output).zero_point,
    )
    return lower_elementwise(view, Element(f"add_{count}", call("aot_add_n", "layer", chained("+", *elements)), ("add_n.h",), record))


ADD_N = Operator(
    name="ADD_N",
    constraints=(
        number_of_inputs_is_supported,
        *COMMON,
        all_are(DType.INT8, DType.FLOAT32),
        is_quantized,
        shapes_are_equal,
        inputs_have_one_quantization,
        add_n_output_factor_is_below_one,
    ),
    lower=_lower_add_n,
)
"""ADD_N: int8 and float32, of inputs of one shape (and one quantization)."""


OPERATORS = (ADD, SUB, ADD_N)
