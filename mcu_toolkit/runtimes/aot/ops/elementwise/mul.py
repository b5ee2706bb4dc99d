"""MUL: int8, int16, int32 and float32, with broadcasting and constants."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Finding, LayerRecord, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import QUANTIZED, all_are, is_symmetric_in_16_bits, quantization
from mcu_toolkit.runtimes.aot.ops.convolution.weights import finish_flags, finish_suffix
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import ACTIVATIONS, BROADCAST, braces, factor_fits, output_range, plain_element
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element, elementwise_step


def _factor(view: OpView) -> float:
    first, second = (quantization(view.input(i)).scale for i in (0, 1))
    return first * second / quantization(view.output).scale


def factor_is_below_2_to_30(view: OpView) -> Finding | None:
    """the product of the input scales, divided by the output's, is below 2^30"""
    return factor_fits(_factor(view), view.output) if view.output.dtype in QUANTIZED else None


def _quantized(view: OpView) -> Element:
    multiplier, shift = numerics.quantize_multiplier(_factor(view))
    low, high = output_range(view)
    record = LayerRecord(
        "aot_mul_layer",
        (
            ("input_zero_point", braces(*(quantization(view.input(i)).zero_point for i in (0, 1)))),
            ("multiplier", str(multiplier)),
            ("shift", str(shift)),
            ("zero_point", str(quantization(view.output).zero_point)),
            ("minimum", str(low)),
            ("maximum", str(high)),
        ),
    )
    if view.output.dtype is DType.INT16:
        return Element("mul_int16", "aot_mul_int16(layer, {a}, {b})", ("mul.h",), record)
    fast = -31 <= shift < 0  # 255 * 255 is far below 2^30
    finish = finish_flags(fast=fast, minimum=low, maximum=high)
    name = "mul" + finish_suffix(fast=fast, minimum=low, maximum=high)
    return Element(name, f"aot_mul_int8(layer, {{a}}, {{b}}, {finish})", ("mul.h",), record)


def lower(view: OpView, _target: Target) -> Step:
    """One product an element."""
    quantized = view.output.dtype in QUANTIZED
    element = _quantized(view) if quantized else plain_element(view, "mul", "{a} * {b}", "aot_wrapping_multiply({a}, {b})")
    return elementwise_step(view, element)


OPERATOR = Operator(
    name="MUL",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        all_are(DType.INT8, DType.INT16, DType.INT32, DType.FLOAT32),
        *BROADCAST,
        is_symmetric_in_16_bits,
        factor_is_below_2_to_30,
        *ACTIVATIONS,
    ),
    lower=lower,
)
