"""The step of kernels/depthwise_channel_major.h: which way planes lie, and how many outputs go at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Kernel, Labelled, Output, Record, Scratch, Table, call, flags
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator, SharedFunction
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.short_requantization import HighPart, plan_requantization, requantization_field
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted

_HEADERS = ("depthwise_channel_major.h", "im2col.h", "windows.h")
_REQUANTIZATION_COST = 14
"""Instructions from a sum to its output, roughly; a block of outputs has about as many of its own."""


@dataclass(frozen=True)
class ChannelLayout:
    """How a channel is laid out; rows and columns may be those of the image, exchanged."""

    rows: Axis
    columns: Axis
    exchanged: bool
    outputs: int
    """At a time."""

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns that windows reach, borders included."""
        row, column = ((axis.output - 1) * axis.stride + (axis.kernel - 1) * axis.dilation + 1 for axis in (self.rows, self.columns))
        return row, column

    @property
    def cost(self) -> int:
        """Instructions per channel, roughly: for comparing planes of one layer."""
        taps = self.columns.kernel
        reach = (self.outputs - 1) * self.columns.stride + (taps - 1) * self.columns.dilation + 1
        a_row = taps + min(reach, self.outputs * taps) + self.outputs * taps
        blocks = self.rows.output * -(-self.columns.output // self.outputs)
        return blocks * (self.rows.kernel * a_row + (self.outputs + 1) * _REQUANTIZATION_COST)


def plan_channel_layout(rows: Axis, columns: Axis) -> ChannelLayout:
    """The cheapest plane for a window."""
    layouts = [
        ChannelLayout(*axes, exchanged=exchanged, outputs=min(outputs, axes[1].output))
        for outputs in (4, 3)
        for exchanged, axes in ((False, (rows, columns)), (True, (columns, rows)))
    ]
    return min(layouts, key=lambda layout: layout.cost)


def lower_channel_major(view: OpView, layer: Weighted, rows: Axis, columns: Axis) -> LoweredOperator:
    """A depthwise convolution; `layer.weights` is [output channel][kernel y][kernel x][1]."""
    layout, requantization, multiplier = plan_channel_layout(rows, columns), plan_requantization(layer), view.option("depth_multiplier")
    function = _function(layout, requantization)
    weights = requantization.weights[..., 0]
    if layout.exchanged:
        weights = np.ascontiguousarray(weights.transpose(0, 2, 1))
    order = "[output channel][kernel x][kernel y]" if layout.exchanged else "[output channel][kernel y][kernel x]"
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call("aot_depthwise_channel_major", Record(), Input(), Output(), Scratch(), Kernel(function.name)),),
        headers=_HEADERS,
        constants=(Constant("weights", weights, order), *requantization.constants),
        functions=(function,),
        layer=_record(view, layer, layout),
        scratch_bytes=layout.size[0] * layout.size[1],
        in_place=(0,) if multiplier == 1 else (),
        macs=view.output.elements * rows.kernel * columns.kernel,
        kernel=(
            f"depthwise_conv_2d {rows.kernel}x{columns.kernel} channel-major by {layout.outputs}{requantization.suffix.replace('_', ' ')}"
        ),
    )


def _function(layout: ChannelLayout, requantization: HighPart) -> SharedFunction:
    rows, columns = layout.rows, layout.columns
    name = f"plane_{rows.kernel}x{columns.kernel}_stride_{columns.stride}"
    name += (f"_dilation_{columns.dilation}" if columns.dilation > 1 else "") + f"_by_{layout.outputs}{requantization.suffix}"
    constants = (
        Labelled("outputs", layout.outputs),
        Labelled("kernel", rows.kernel),
        columns.kernel,
        Labelled("stride", columns.stride),
        Labelled("dilation", columns.dilation),
        flags(*requantization.kind),
    )
    parameters = ("const aot_depthwise_channel_major_layer *layer", "const uint8_t *plane", "int32_t channel", "int8_t *output")
    return SharedFunction(name, parameters, (call("aot_depthwise_plane", "layer", "plane", "channel", "output", *constants),))


def _record(view: OpView, layer: Weighted, layout: ChannelLayout) -> LayerRecord:
    batches, height, width, channels = view.input(0).shape
    _, output_height, output_width, output_channels = view.output.shape
    (plane_rows, plane_columns), rows, columns = layout.size, layout.rows, layout.columns
    reach = min(rows.input, plane_rows - rows.pad), min(columns.input, plane_columns - columns.pad)
    return records.record(
        "aot_depthwise_channel_major_layer",
        weights=Table("weights"),
        requantize=requantization_field(layer),
        batches=batches,
        input_bytes=height * width * channels,
        output_bytes=output_height * output_width * output_channels,
        channels=channels,
        depth_multiplier=view.option("depth_multiplier"),
        input=records.plane(*reach, width, channels, exchanged=layout.exchanged),
        output=records.plane(rows.output, columns.output, output_width, output_channels, exchanged=layout.exchanged),
        row_stride=rows.stride,
        row_dilation=rows.dilation,
        plane_rows=plane_rows,
        plane_columns=plane_columns,
        origin=rows.pad * plane_columns + columns.pad,
        input_zero_point=layer.input_zero_point,
    )
