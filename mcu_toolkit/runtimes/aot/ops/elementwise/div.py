"""DIV: int8, int32 and float32, with broadcasting and constants."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Finding, LayerRecord, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import all_are, quantization
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import ACTIVATIONS, BROADCAST, braces, output_range, plain_element
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element, elementwise_step

_SHIFTS = range(-16, 23)
"""Right shifts are from 22 (a divisor of zero, a dividend of 255) to 38 (a divisor of 255, a dividend of 0) minus the factor's: 0 to 62."""


def _factor(view: OpView) -> float:
    first, second = (quantization(view.input(i)).scale for i in (0, 1))
    return first / (second * quantization(view.output).scale)


def factor_is_in_range(view: OpView) -> Finding | None:
    """the first input scale, divided by those of the second and the output, is from 2^-16 to 2^22"""
    if view.output.dtype is not DType.INT8:
        return None
    if numerics.quantize_multiplier(_factor(view))[1] in _SHIFTS:
        return None
    return Finding(f"a factor of {_factor(view):g}", "convert the model again with representative data", view.output)


def _quantized(view: OpView) -> Element:
    multiplier, shift = numerics.quantize_multiplier(_factor(view))
    low, high = output_range(view)
    record = LayerRecord(
        "aot_div_layer",
        (
            ("input_zero_point", braces(*(quantization(view.input(i)).zero_point for i in (0, 1)))),
            ("multiplier", str(multiplier)),
            ("shift", str(shift)),
            ("zero_point", str(quantization(view.output).zero_point)),
            ("minimum", str(low)),
            ("maximum", str(high)),
        ),
    )
    return Element("div", "aot_div_int8(layer, {a}, {b})", ("div.h", "reciprocal.h"), record)


def lower(view: OpView, _target: Target) -> Step:
    """One quotient an element."""
    quantized = view.output.dtype is DType.INT8
    return elementwise_step(view, _quantized(view) if quantized else plain_element(view, "div", "{a} / {b}", "aot_divide({a}, {b})"))


OPERATOR = Operator(
    name="DIV",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        all_are(DType.INT8, DType.INT32, DType.FLOAT32),
        *BROADCAST,
        factor_is_in_range,
        *ACTIVATIONS,
    ),
    lower=lower,
)
