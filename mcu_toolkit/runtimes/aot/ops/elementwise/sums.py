"""ADD and SUB: int8, int16, int32 and float32, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.operator import Finding, LayerRecord, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import QUANTIZED, quantization
from mcu_toolkit.runtimes.aot.ops.convolution.weights import finish_flags, finish_suffix
from mcu_toolkit.runtimes.aot.ops.elementwise.arithmetic import activation, braces, output_range, plain_element
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element, elementwise_step

EXTRA_BITS = {DType.INT8: 20, DType.INT16: 15}
"""Fraction bits of the sum, by element type."""
_LARGEST_INT8_SUM = 2 * 255 << (EXTRA_BITS[DType.INT8] - 1)
"""Two centred int8 values, each times at most a half, with 20 more bits."""


def _output_factor(view: OpView) -> float:
    twice_largest = 2 * max(quantization(view.input(i)).scale for i in (0, 1))
    return twice_largest / ((1 << EXTRA_BITS[view.output.dtype]) * quantization(view.output).scale)


def output_factor_is_below_one(view: OpView) -> Finding | None:
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
    sums = f"aot_{name}_scaled(layer, {{a}}, {{b}}, {EXTRA_BITS[view.output.dtype]}, /* halves */ {int(halves[0])}, {int(halves[1])})"
    suffix = "".join(f"_half{i}" for i, half in enumerate(halves) if half)
    if view.output.dtype is DType.INT8:
        fast = -31 <= output_factor[1] < 0 and _LARGEST_INT8_SUM < 1 << 30
        finish = finish_flags(fast=fast, minimum=low, maximum=high)
        expression = f"aot_add_finish(layer, {sums}, {finish})"
        kernel = name + suffix + finish_suffix(fast=fast, minimum=low, maximum=high)
    else:
        expression = f"aot_add_finish_int16(layer, {sums})"
        kernel = f"{name}_int16{suffix}"
    inputs = [braces(quantization(view.input(i)).zero_point, *factors[i]) for i in (0, 1)]
    record = LayerRecord(
        "aot_add_layer",
        (
            ("input", f"{{{inputs[0]}, {inputs[1]}}}"),
            ("multiplier", str(output_factor[0])),
            ("shift", str(output_factor[1])),
            ("zero_point", str(quantization(view.output).zero_point)),
            ("minimum", str(low)),
            ("maximum", str(high)),
        ),
    )
    return Element(kernel, expression, ("add.h",), record)


def _quantized(view: OpView, name: str) -> Element:
    scales = [quantization(view.input(i)).scale for i in (0, 1)]
    factors = [numerics.quantize_multiplier(scale / (2 * max(scales))) for scale in scales]
    return _scaled_element(view, name, factors, numerics.quantize_multiplier(_output_factor(view)))


def lower_sum(name: str, float_expression: str, int_expression: str) -> Callable[[OpView, Target], Step]:
    """The `lower` of ADD or SUB."""

    def lower(view: OpView, _target: Target) -> Step:
        quantized = view.output.dtype in QUANTIZED
        element = _quantized(view, name) if quantized else plain_element(view, name, float_expression, int_expression)
        return elementwise_step(view, element)

    return lower
