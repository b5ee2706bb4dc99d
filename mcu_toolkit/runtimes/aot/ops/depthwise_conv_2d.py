"""DEPTHWISE_CONV_2D, int8, per-channel weights, any depth multiplier, strides, dilations, SAME and VALID padding."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.runtimes.aot.constraints import weights_are_quantized_along
from mcu_toolkit.runtimes.aot.conv_2d_step import conv_2d_step
from mcu_toolkit.runtimes.aot.convolution import AFTER_GEOMETRY, BEFORE_GEOMETRY, axes, class_name, geometry_fields, output_shape_agrees
from mcu_toolkit.runtimes.aot.geometry import Axis
from mcu_toolkit.runtimes.aot.operator import Constant, Finding, LayerRecord, Operator, OpView, SharedFunction, Step
from mcu_toolkit.runtimes.aot.target import Target
from mcu_toolkit.runtimes.aot.weighted import Weighted, bias_has_one_value_a_channel, convolution_multipliers, prepare


def channels_are_multiples(view: OpView) -> Finding | None:
    """there are depth_multiplier output channels for each input channel, and one set of weights"""
    channels, (sets, _, _, filters) = view.input(0).shape[3], view.input(1).shape
    multiplier = view.option("depth_multiplier")
    if sets == 1 and filters == channels * multiplier:
        return None
    return Finding(f"{channels} input channels, depth_multiplier {multiplier}, {filters} filters", "convert the model again", view.input(1))


def lower(view: OpView, _target: Target) -> Step:
    """Two pixels at a time, channel by channel; a single input channel is an ordinary convolution."""
    data = view.input(1).data
    assert data is not None
    rows, columns = axes(view)
    # [1][y][x][channel] -> [channel][y][x][1]
    weights = np.ascontiguousarray(np.transpose(data, (3, 1, 2, 0)))
    layer = prepare(view, weights, convolution_multipliers(view, len(weights)))
    if view.input(0).shape[3] == 1:
        return conv_2d_step(view, layer, rows, columns, groups=1)
    multiplier = view.option("depth_multiplier")
    border = rows.has_border or columns.has_border
    name = f"depthwise_conv_2d_{class_name(rows, columns)}"
    name += ("_multiplier" if multiplier > 1 else "") + ("_border" if border else "") + layer.suffix
    return Step(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call="${prefix}_" + name + "(&${layer}, ${in0}, ${out0});",
        headers=("depthwise_conv_2d.h",),
        constants=(
            Constant("weights", data, "[kernel y][kernel x][output channel]"),
            *(layer.bias_constants if border else ()),
            *layer.constants,
        ),
        functions=(_function(name, rows, columns, single=multiplier == 1, border=border, finish=layer.finish),),
        layer=_record(view, layer, rows, columns, border=border),
        macs=view.output.elements * rows.kernel * columns.kernel,
        kernel=name,
    )


def _function(name: str, rows: Axis, columns: Axis, *, single: bool, border: bool, finish: str) -> SharedFunction:
    return SharedFunction(
        name,
        f"static void ${{prefix}}_{name}(const aot_depthwise_conv_2d_layer *layer, const int8_t *input, int8_t *output) {{\n"
        f"    const aot_depthwise_conv_2d_class k = {{/* kernel */ {rows.kernel}, {columns.kernel},\n"
        f"                                           /* stride */ {rows.stride}, {columns.stride},\n"
        f"                                           /* dilation */ {rows.dilation}, {columns.dilation},\n"
        f"                                           /* single */ {int(single)}, /* border */ {int(border)}, {finish}}};\n"
        "    aot_depthwise_conv_2d(layer, input, output, k);\n"
        "}",
    )


def _record(view: OpView, layer: Weighted, rows: Axis, columns: Axis, *, border: bool) -> LayerRecord:
    return LayerRecord(
        "aot_depthwise_conv_2d_layer",
        (
            ("weights", "${k_weights}"),
            ("bias", "${k_bias}" if border else "0"),
            ("folded", "${k_folded}"),
            ("multiplier", "${k_multiplier}"),
            ("shift", "${k_shift}"),
            ("batches", str(view.input(0).shape[0])),
            ("input_height", str(rows.input)),
            ("input_width", str(columns.input)),
            ("input_channels", str(view.input(0).shape[3])),
            ("output_height", str(rows.output)),
            ("output_width", str(columns.output)),
            ("depth_multiplier", str(view.option("depth_multiplier"))),
            *geometry_fields(rows, columns),
            ("input_zero_point", str(layer.input_zero_point)),
            ("output_zero_point", str(layer.output_zero_point)),
            ("minimum", str(layer.minimum)),
            ("maximum", str(layer.maximum)),
        ),
    )


OPERATOR = Operator(
    name="DEPTHWISE_CONV_2D",
    constraints=(
        *BEFORE_GEOMETRY,
        weights_are_quantized_along(3),
        channels_are_multiples,
        output_shape_agrees(3),
        bias_has_one_value_a_channel(3),
        *AFTER_GEOMETRY,
    ),
    lower=lower,
)
