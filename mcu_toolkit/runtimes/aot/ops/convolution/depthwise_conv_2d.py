"""DEPTHWISE_CONV_2D, int8, int16 and float32, per-channel weights, any depth multiplier, strides, dilations, SAME and VALID padding."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Kernel, Labelled, Output, Record, call
from mcu_toolkit.runtimes.aot.ir.constraints import bias_is, weights_are_quantized_along
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.channel_major import lower_channel_major
from mcu_toolkit.runtimes.aot.ops.convolution.direct import lower_direct
from mcu_toolkit.runtimes.aot.ops.convolution.float32 import lower_float
from mcu_toolkit.runtimes.aot.ops.convolution.im2col import lower_im2col
from mcu_toolkit.runtimes.aot.ops.convolution.int16_or_computed_weights import lower_conv_2d_computed, lower_conv_2d_int16
from mcu_toolkit.runtimes.aot.ops.convolution.weights import (
    Weighted,
    bias_has_one_value_a_channel,
    convolution_multipliers,
    is_float,
    is_plain_int8,
    prepare,
)
from mcu_toolkit.runtimes.aot.ops.convolution.windows import (
    AFTER_GEOMETRY,
    BEFORE_GEOMETRY,
    axes,
    constant_fields,
    inside_function,
    output_fields,
    output_shape_agrees,
    windows_field,
)


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
    if not is_plain_int8(view):
        return lower_conv_2d_computed(view, rows, columns, groups=view.input(0).shape[3])
    data = view.input(1).data
    assert data is not None
    # [1][y][x][channel] -> [channel][y][x][1]
    weights = np.ascontiguousarray(np.transpose(data, (3, 1, 2, 0)))
    layer = prepare(view, weights, convolution_multipliers(view, len(weights)))
    if view.input(0).shape[3] == 1:
        return (
            lower_im2col(view, layer, rows, columns, target) if target.im2col_pixels else lower_direct(view, layer, rows, columns, groups=1)
        )
    if target.im2col_pixels:
        return lower_channel_major(view, layer, rows, columns)
    return _direct(view, layer, rows, columns)


def _direct(view: OpView, layer: Weighted, rows: Axis, columns: Axis) -> LoweredOperator:
    multiplier = view.option("depth_multiplier")
    border = rows.has_border or columns.has_border
    name = f"depthwise_conv_2d_{rows.kernel}x{columns.kernel}{'_multiplier' if multiplier > 1 else ''}{layer.suffix}"
    constants = (rows.kernel, columns.kernel, Labelled("single", int(multiplier == 1)), layer.requantization)
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call("aot_depthwise_conv_2d", Record(), Input(), Output(), Kernel(name)),),
        headers=("depthwise_conv_2d.h", "windows.h"),
        constants=(
            Constant("weights", layer.weights, "[output channel][kernel y][kernel x]"),
            *(layer.bias_constants if border else ()),
            *layer.constants,
        ),
        functions=(inside_function("depthwise_conv_2d", name, *constants),),
        layer=_record(view, layer, rows, columns, border=border),
        macs=view.output.elements * rows.kernel * columns.kernel,
        kernel=name,
    )


def _record(view: OpView, layer: Weighted, rows: Axis, columns: Axis, *, border: bool) -> LayerRecord:
    batches, _, _, channels = view.input(0).shape
    return LayerRecord(
        "aot_depthwise_conv_2d_layer",
        (
            ("windows", windows_field(rows, columns, batches=batches, channels=(channels, layer.channels))),
            *constant_fields(border=border),
            ("depth_multiplier", str(view.option("depth_multiplier"))),
            *output_fields(layer),
        ),
    )


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
