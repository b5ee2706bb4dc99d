"""The step that kernels/conv_2d.h runs: for CONV_2D, and for a DEPTHWISE_CONV_2D of one channel, which is the same thing."""

from __future__ import annotations

import dataclasses

from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Kernel, Labelled, Output, Record, call
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted
from mcu_toolkit.runtimes.aot.ops.convolution.windows import constant_fields, inside_function, output_fields, windows_field


def lower_direct(view: OpView, layer: Weighted, rows: Axis, columns: Axis, *, groups: int) -> LoweredOperator:
    """A convolution; `layer.weights` is [output channel][kernel y][kernel x][depth]."""
    batches, _, _, channels = view.input(0).shape
    if _is_pointwise(rows, columns):
        batches, rows, columns = 1, *_one_row(batches, rows, columns)
    border = rows.has_border or columns.has_border
    contiguous = groups == 1 and columns.dilation == 1
    name = f"conv_2d_{rows.kernel}x{columns.kernel}{'' if contiguous else '_scattered'}{layer.suffix}"
    constants = (rows.kernel, columns.kernel, Labelled("contiguous", int(contiguous)), layer.requantization)
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call("aot_conv_2d", Record(), Input(), Output(), Kernel(name)),),
        headers=("conv_2d.h", "windows.h"),
        constants=(
            Constant("weights", layer.weights, "[output channel][kernel y][kernel x][depth]"),
            *(layer.bias_constants if border else ()),
            *layer.constants,
        ),
        functions=(inside_function("conv_2d", name, *constants),),
        layer=LayerRecord(
            "aot_conv_2d_layer",
            (
                ("windows", windows_field(rows, columns, batches=batches, channels=(channels, layer.channels))),
                *constant_fields(border=border),
                ("groups", str(groups)),
                *output_fields(layer),
            ),
        ),
        macs=view.output.elements * layer.weights[0].size,
        kernel=name,
    )


def _is_pointwise(rows: Axis, columns: Axis) -> bool:
    return all((axis.kernel, axis.stride) == (1, 1) for axis in (rows, columns))


def _one_row(batches: int, rows: Axis, columns: Axis) -> tuple[Axis, Axis]:
    pixels = batches * rows.input * columns.input
    row = dataclasses.replace(rows, input=1, output=1, dilation=1)
    return row, dataclasses.replace(columns, input=pixels, output=pixels, dilation=1)
