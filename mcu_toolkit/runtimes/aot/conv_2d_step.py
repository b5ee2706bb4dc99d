"""The step that kernels/conv_2d.h runs: for CONV_2D, and for a DEPTHWISE_CONV_2D of one channel, which is the same thing."""

from __future__ import annotations

import dataclasses

from mcu_toolkit.runtimes.aot.convolution import class_name, geometry_fields
from mcu_toolkit.runtimes.aot.geometry import Axis
from mcu_toolkit.runtimes.aot.operator import Constant, LayerRecord, OpView, SharedFunction, Step
from mcu_toolkit.runtimes.aot.weighted import Weighted


def conv_2d_step(view: OpView, layer: Weighted, rows: Axis, columns: Axis, *, groups: int) -> Step:
    """A convolution; `layer.weights` is [output channel][kernel y][kernel x][depth]."""
    batches, _, _, input_channels = view.input(0).shape
    if _is_pointwise(rows, columns):
        batches, rows, columns = 1, *_one_row(batches, rows, columns)
    border = rows.has_border or columns.has_border
    name = _name(rows, columns, groups=groups, border=border, layer=layer)
    return Step(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call="${prefix}_" + name + "(&${layer}, ${in0}, ${out0});",
        headers=("conv_2d.h",),
        constants=(
            Constant("weights", layer.weights, "[output channel][kernel y][kernel x][depth]"),
            *(layer.bias_constants if border else ()),
            *layer.constants,
        ),
        functions=(_function(name, rows, columns, groups=groups, border=border, layer=layer),),
        layer=_record(layer, rows, columns, batches=batches, input_channels=input_channels, groups=groups, border=border),
        macs=view.output.elements * layer.weights[0].size,
        kernel=name,
    )


def _is_pointwise(rows: Axis, columns: Axis) -> bool:
    return all((axis.kernel, axis.stride) == (1, 1) for axis in (rows, columns))


def _one_row(batches: int, rows: Axis, columns: Axis) -> tuple[Axis, Axis]:
    pixels = batches * rows.input * columns.input
    row = dataclasses.replace(rows, input=1, output=1, dilation=1)
    return row, dataclasses.replace(columns, input=pixels, output=pixels, dilation=1)


def _name(rows: Axis, columns: Axis, *, groups: int, border: bool, layer: Weighted) -> str:
    name = f"conv_2d_{class_name(rows, columns)}"
    return name + ("_groups" if groups > 1 else "") + ("_border" if border else "") + layer.suffix


def _function(name: str, rows: Axis, columns: Axis, *, groups: int, border: bool, layer: Weighted) -> SharedFunction:
    contiguous = groups == 1 and columns.dilation == 1
    return SharedFunction(
        name,
        f"static void ${{prefix}}_{name}(const aot_conv_2d_layer *layer, const int8_t *input, int8_t *output) {{\n"
        f"    const aot_conv_2d_class k = {{/* kernel */ {rows.kernel}, {columns.kernel},\n"
        f"                                 /* stride */ {rows.stride}, {columns.stride},\n"
        f"                                 /* dilation */ {rows.dilation}, {columns.dilation},\n"
        f"                                 /* contiguous */ {int(contiguous)}, /* border */ {int(border)}, {layer.finish}}};\n"
        "    aot_conv_2d(layer, input, output, k);\n"
        "}",
    )


def _record(layer: Weighted, rows: Axis, columns: Axis, *, batches: int, input_channels: int, groups: int, border: bool) -> LayerRecord:
    return LayerRecord(
        "aot_conv_2d_layer",
        (
            ("weights", "${k_weights}"),
            ("bias", "${k_bias}" if border else "0"),
            ("folded", "${k_folded}"),
            ("multiplier", "${k_multiplier}"),
            ("shift", "${k_shift}"),
            ("batches", str(batches)),
            ("input_height", str(rows.input)),
            ("input_width", str(columns.input)),
            ("input_channels", str(input_channels)),
            ("output_height", str(rows.output)),
            ("output_width", str(columns.output)),
            ("output_channels", str(layer.channels)),
            ("groups", str(groups)),
            *geometry_fields(rows, columns),
            ("input_zero_point", str(layer.input_zero_point)),
            ("output_zero_point", str(layer.output_zero_point)),
            ("minimum", str(layer.minimum)),
            ("maximum", str(layer.maximum)),
        ),
    )
