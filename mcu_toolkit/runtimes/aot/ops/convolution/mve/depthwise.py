"""The step of kernels/mve/depthwise_conv_2d.h: squares or rows, orientation, bands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Cast, Input, Kernel, Output, Record, Scratch, Table, call
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator, SharedFunction
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.mve.requantization import Kind, factors_initialiser
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted

HEADERS = (
    "mve/accesses.h",
    "mve/depthwise_conv_2d.h",
    "mve/depthwise_rows.h",
    "mve/depthwise_squares.h",
    "mve/depthwise_interleave.h",
    "mve/requantize.h",
    "mve/instructions.h",
    "windows.h",
)
_SLICE = 16
"""AOT_MVE_SLICE of kernels/mve/depthwise_interleave.h: channels at a time."""
_LARGEST_KERNEL_TAPS = 256
"""Taps are found by offsets of 8 bits."""
_BLOCK_SIDE = 4
"""Taps come in blocks of 4x4."""
_BLOCK_BYTES = 48
"""sizeof(aot_mve_weighted_block)."""
_WORD_BYTES = 4
_STOP_BYTES = 12
"""sizeof(aot_mve_stop)."""
_OVERRUN_BYTES = 64
"""VST4 writes 16 words at a time."""
SCRATCH_LIMIT_BYTES = 4096
"""Bands are woven together up to this; one band may take more."""
LARGEST_SCRATCH_BYTES = 24576
"""Beyond this another kernel does the layer: it would take more memory than it saves time."""


@dataclass(frozen=True)
class Depthwise:
    """How a layer is done; rows and columns may be exchanged."""

    layout: Literal["squares", "rows"]
    rows: Axis
    columns: Axis
    exchanged: bool
    woven_columns: int
    bands: int
    stops: int
    scratch_bytes: int


def plan_depthwise(
    rows: Axis,
    columns: Axis,
    channels: int,
    depth_multiplier: int,
    *,
    limit_bytes: int = SCRATCH_LIMIT_BYTES,
    may_be_squares: bool = True,
) -> Depthwise | None:
    """How to do a layer with bands of up to `limit_bytes` together, or None where another kernel has to do it."""
    if rows.kernel * columns.kernel > _LARGEST_KERNEL_TAPS:
        return None
    # Along the longer side outputs fill more vectors; up to 16 channels are woven across pixels, which must be neighbours.
    exchanged = rows.output > columns.output and channels >= _SLICE
    if exchanged:
        rows, columns = columns, rows
    is_square = may_be_squares and depth_multiplier == 1 and all(_is_small(axis) for axis in (rows, columns))
    planned = (_squares if is_square else _rows)(rows, columns, min(channels, _SLICE), limit_bytes, exchanged=exchanged)
    return planned if planned.scratch_bytes <= LARGEST_SCRATCH_BYTES else None


def _is_small(axis: Axis) -> bool:
    return axis.kernel <= 3 and axis.stride == axis.dilation == 1


def _squares(rows: Axis, columns: Axis, width: int, limit_bytes: int, *, exchanged: bool) -> Depthwise:
    # Four columns are read from the last but one on.
    woven = max(_BLOCK_SIDE, columns.output + 2, columns.pad + columns.input)
    band_bytes = _WORD_BYTES * width * woven
    bands = max(1, min(-(-rows.output // 2), limit_bytes // band_bytes))
    stops = bands * -(-columns.output // 2)
    scratch_bytes = _SLICE + stops * _STOP_BYTES + bands * band_bytes + _OVERRUN_BYTES
    return Depthwise("squares", rows, columns, exchanged, woven, bands, stops, scratch_bytes)


def _rows(rows: Axis, columns: Axis, width: int, limit_bytes: int, *, exchanged: bool) -> Depthwise:
    down, across = (-(-axis.kernel // _BLOCK_SIDE) for axis in (rows, columns))
    # Four outputs at a time, each with all four columns of its blocks.
    last = (-(-columns.output // 4) * 4 - 1) * columns.stride + (_BLOCK_SIDE * across - 1) * columns.dilation
    woven = max(last + 1, columns.pad + columns.input)
    band_bytes = down * _WORD_BYTES * width * woven
    bands = max(1, min(rows.output, limit_bytes // band_bytes))
    stops = bands * -(-columns.output // 4)
    scratch_bytes = _SLICE + down * across * _BLOCK_BYTES + stops * _STOP_BYTES + bands * band_bytes + _OVERRUN_BYTES
    return Depthwise("rows", rows, columns, exchanged, woven, bands, stops, scratch_bytes)


def lower_depthwise(view: OpView, layer: Weighted, kind: Kind, plan: Depthwise) -> LoweredOperator:
    """One call.  `layer.weights`: [output channel][kernel y][kernel x][1]."""
    weights = layer.weights[..., 0]
    if plan.exchanged:
        weights = np.ascontiguousarray(weights.transpose(0, 2, 1))
    name = f"depthwise_{plan.layout}_{kind}"
    parameters = ("const aot_mve_depthwise_layer *layer", "const int8_t *input", "int8_t *output", "int8_t *scratch")
    body = call(f"aot_mve_depthwise_{plan.layout}", "layer", "input", "output", "scratch", f"AOT_MVE_{kind.upper()}")
    function = SharedFunction(name, parameters, (body,))
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call(Kernel(name), Record(), Input(), Output(), Cast("int8_t *", Scratch())),),
        headers=HEADERS,
        constants=(Constant("weights", weights, "[output channel][kernel row][kernel column]"), *layer.constants),
        functions=(function,),
        layer=_record(view, layer, plan),
        scratch_bytes=plan.scratch_bytes,
        in_place=(0,) if plan.layout == "squares" and view.input(0).shape == view.output.shape else (),
        macs=view.output.elements * weights[0].size,
        kernel=f"mve depthwise_conv_2d {plan.rows.kernel}x{plan.columns.kernel} {plan.layout} {kind}",
    )


def _record(view: OpView, layer: Weighted, plan: Depthwise) -> LayerRecord:
    batches, _, width, channels = view.input(0).shape
    _, _, output_width, output_channels = view.output.shape
    rows, columns = plan.rows, plan.columns
    return records.record(
        "aot_mve_depthwise_layer",
        weights=Table("weights"),
        bias=Table("effective_bias"),
        multiplier=Table("multiplier"),
        shift=Table("shift"),
        batches=batches,
        channels=channels,
        depth_multiplier=view.option("depth_multiplier"),
        input=records.plane(rows.input, columns.input, width, channels, exchanged=plan.exchanged),
        output=records.plane(rows.output, columns.output, output_width, output_channels, exchanged=plan.exchanged),
        kernel_rows=rows.kernel,
        kernel_columns=columns.kernel,
        stride_rows=rows.stride,
        stride_columns=columns.stride,
        dilation_rows=rows.dilation,
        dilation_columns=columns.dilation,
        pad_rows=rows.pad,
        pad_columns=columns.pad,
        woven_columns=plan.woven_columns,
        bands=plan.bands,
        stops=plan.stops,
        input_zero_point=layer.input_zero_point,
        factors=factors_initialiser(layer, groups=0),
    )
