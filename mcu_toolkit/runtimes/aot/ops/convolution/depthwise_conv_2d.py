"""DEPTHWISE_CONV_2D, int8, int16 and float32, per-channel weights, any depth multiplier, strides, dilations, SAME and VALID padding."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constraints import bias_is, weights_are_quantized_along
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.convolution.channel_major import lower_channel_major
from mcu_toolkit.runtimes.aot.ops.convolution.direct import lower_direct, lower_direct_depthwise
from mcu_toolkit.runtimes.aot.ops.convolution.float32 import lower_float
from mcu_toolkit.runtimes.aot.ops.convolution.im2col import lower_im2col
from mcu_toolkit.runtimes.aot.ops.convolution.int16_or_computed_weights import lower_conv_2d_computed, lower_conv_2d_int16
from mcu_toolkit.runtimes.aot.ops.convolution.weights import (
    bias_has_one_value_a_channel,
    int8_convolution,
    is_float,
)
from mcu_toolkit.runtimes.aot.ops.convolution.windows import AFTER_GEOMETRY, BEFORE_GEOMETRY, axes, output_shape_agrees


def channels_are_multiples(view: OpView) -> Finding | None:
    """there are depth_multiplier output channels for each input channel, and one set of weights"""
    channels, (sets, _, _, filters) = view.input(0).shape[3], view.input(1).shape
    multiplier = view.option("depth_multiplier")
    if sets == 1 and filters == channels * multiplier:
        return None
    return Finding(f"{channels} input channels, depth_multiplier {multiplier}, {filters} filters", "convert the model again", view.input(1))


def lower(view: OpView, target: Target) -> LoweredOperator:
    """Channel-major; where there is no memory for a plane, window by window.  A single input channel is an ordinary convolution."""
    rows, columns = axes(view)
    if is_float(view):
        return lower_float(view, rows, columns, groups=view.input(0).shape[3], depthwise=True)
    if view.input(0).dtype is DType.INT16:
        return lower_conv_2d_int16(view, rows, columns, groups=view.input(0).shape[3])
    layer = int8_convolution(view)
    if layer is None:
        return lower_conv_2d_computed(view, rows, columns, groups=view.input(0).shape[3])
    if view.input(0).shape[3] == 1:
        return (
            lower_im2col(view, layer, rows, columns, target) if target.im2col_pixels else lower_direct(view, layer, rows, columns, groups=1)
        )
    if target.im2col_pixels:
        return lower_channel_major(view, layer, rows, columns)
    return lower_direct_depthwise(view, layer, rows, columns)


DEPTHWISE_CONV_2D = Operator(
    name="DEPTHWISE_CONV_2D",
    constraints=(
        *BEFORE_GEOMETRY,
        # TFLM reads INT32 biases beside INT16 inputs as if they were INT64.
        bias_is(2, INT8=(DType.INT32,), INT16=(DType.INT64,), FLOAT32=(DType.FLOAT32,)),
        weights_are_quantized_along(3),
        channels_are_multiples,
        output_shape_agrees(3),
        bias_has_one_value_a_channel(3),
        *AFTER_GEOMETRY,
    ),
    lower=lower,
)

OPERATORS = (DEPTHWISE_CONV_2D,)
