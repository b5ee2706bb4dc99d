"""CONV_2D, int8, int16 and float32, per-channel weights, with strides, dilations, SAME and VALID padding, and groups."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constraints import bias_is, weights_are_quantized_along
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.convolution.direct import lower_direct
from mcu_toolkit.runtimes.aot.ops.convolution.float32 import lower_float
from mcu_toolkit.runtimes.aot.ops.convolution.im2col import lower_im2col
from mcu_toolkit.runtimes.aot.ops.convolution.int16_or_computed_weights import lower_conv_2d_computed, lower_conv_2d_int16
from mcu_toolkit.runtimes.aot.ops.convolution.weights import (
    bias_has_one_value_a_channel,
    int8_convolution,
    is_float,
)
from mcu_toolkit.runtimes.aot.ops.convolution.windows import AFTER_GEOMETRY, BEFORE_GEOMETRY, axes, output_shape_agrees


def channels_divide_into_groups(view: OpView) -> Finding | None:
    """input and output channels divide evenly into groups; the weights are as deep as one group of input channels"""
    channels, filters, depth = view.input(0).shape[3], view.input(1).shape[0], view.input(1).shape[3]
    if channels % depth == 0 and filters % (channels // depth) == 0:
        return None
    return Finding(f"{channels} input channels, {filters} filters of depth {depth}", "convert the model again", view.input(1))


def lower(view: OpView, target: Target) -> LoweredOperator:
    """By im2col of four windows; with groups, or where there is no memory for that, window by window where they lie."""
    rows, columns = axes(view)
    groups = view.input(0).shape[3] // view.input(1).shape[3]
    if is_float(view):
        return lower_float(view, rows, columns, groups=groups)
    if view.input(0).dtype is DType.INT16:
        return lower_conv_2d_int16(view, rows, columns, groups=groups)
    layer = int8_convolution(view)
    if layer is None:
        return lower_conv_2d_computed(view, rows, columns, groups=groups)
    if groups == 1 and target.im2col_pixels:
        return lower_im2col(view, layer, rows, columns, target)
    return lower_direct(view, layer, rows, columns, groups=groups)


CONV_2D = Operator(
    name="CONV_2D",
    constraints=(
        *BEFORE_GEOMETRY,
        bias_is(2, INT8=(DType.INT32,), INT16=(DType.INT64, DType.INT32), FLOAT32=(DType.FLOAT32,)),
        weights_are_quantized_along(0),
        channels_divide_into_groups,
        output_shape_agrees(0),
        bias_has_one_value_a_channel(0),
        *AFTER_GEOMETRY,
    ),
    lower=lower,
)

OPERATORS = (CONV_2D,)
