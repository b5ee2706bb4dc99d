"""What the two convolutions have in common: windows over [batch, y, x, channel] and their constraints."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.constraints import (
    COMMON,
    activation_fits,
    activation_is_known,
    activations_are_quantized,
    has_tensors,
    input_has_rank,
    input_is,
    int4_weights_are_whole,
    output_has_the_type_of_the_input,
    rescaling_finding,
    shape_finding,
    weights_have_scales,
)
from mcu_toolkit.runtimes.aot.ir.operator_view import Constraint, Finding, OpView
from mcu_toolkit.runtimes.aot.ir.windows import Axis, window_axis
from mcu_toolkit.runtimes.aot.ops.convolution.weights import convolution_multipliers, floats_are_among_themselves, unless_float
from mcu_toolkit.runtimes.aot.ops.convolution.weights_int16 import has_int32_bias, rescaling_16_finding


def axes(view: OpView) -> tuple[Axis, Axis]:
    """The window's rows and columns."""
    _, height, width, _ = view.input(0).shape
    kernel_height, kernel_width = view.input(1).shape[1:3]
    padding = view.option("padding")
    return (
        view.rows or window_axis(height, kernel_height, view.option("stride_h"), view.option("dilation_h_factor"), padding),
        window_axis(width, kernel_width, view.option("stride_w"), view.option("dilation_w_factor"), padding),
    )


def strides_are_positive(view: OpView) -> Finding | None:
    """strides and dilations are 1 or more"""
    for name in ("stride_h", "stride_w", "dilation_h_factor", "dilation_w_factor"):
        if view.option(name) < 1:
            return Finding(f"{name} = {view.option(name)}", "convert the model again")
    return None


def rescaling_fits(view: OpView) -> Finding | None:
    """the factor from sums to outputs is below 2^31; beside INT16 inputs, whose sums have 64 bits, below 2^14"""
    multipliers = convolution_multipliers(view, 1)
    if view.input(0).dtype is DType.INT16:
        return rescaling_16_finding(multipliers, view, bias_is_32_bits=has_int32_bias(view))
    return rescaling_finding(numerics.rescaling(multipliers).max_shift, view.output)


def output_shape_agrees(channels_axis: int) -> Constraint:
    """The output has the size that input, kernel, stride, dilation and padding give."""

    def check(view: OpView) -> Finding | None:
        rows, columns = axes(view)
        return shape_finding(view.output, (view.input(0).shape[0], rows.output, columns.output, view.input(1).shape[channels_axis]))

    check.__doc__ = "the output has the size that input, kernel, stride, dilation and padding give"
    return check


BEFORE_GEOMETRY: tuple[Constraint, ...] = (
    has_tensors((2, 3)),
    *COMMON,
    input_is(0, "input", DType.INT8, DType.INT16, DType.FLOAT32),
    input_is(1, "weights", DType.INT8, DType.INT4, DType.FLOAT32),
    floats_are_among_themselves,
    output_has_the_type_of_the_input,
    int4_weights_are_whole,
    input_has_rank(0, "input", 4),
    input_has_rank(1, "weights", 4),
    activations_are_quantized,
    unless_float(weights_have_scales),
    strides_are_positive,
)
AFTER_GEOMETRY: tuple[Constraint, ...] = (activation_is_known, activation_fits, unless_float(rescaling_fits))
