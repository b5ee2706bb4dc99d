"""The step of kernels/dsp/depthwise_conv_2d.h: bands, orientation, records of channels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Kernel, Output, Record, Scratch, Table, call, cast_pointer
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator, MacroFunction
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.requantization import Requantization, choose_depthwise
from mcu_toolkit.runtimes.aot.ops.convolution.sums import sums_of
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted

HEADERS = ("dsp/depthwise_conv_2d.h", "dsp/depthwise_gather.h", "dsp/depthwise_plane.h", "dsp/instructions.h", "windows.h")
GATHERED = 4
"""AOT_DSP_GATHERED of kernels/dsp/depthwise_gather.h: channels at a time."""
KERNEL = 3
_UNIT_BYTES = 8 * GATHERED
"""A column pair of one row: two words a channel."""
SCRATCH_LIMIT_BYTES = 8192
"""Bands are as high as this allows.  Instructions on a Cortex-M4 for limits of 4, 8 and 40 KB: 48x48x8 368, 302, 284 thousand;
24x24x32 317, 308, 299 thousand."""
_RECORD_BYTES = 24
"""aot_dsp_depthwise_channel."""


@dataclass(frozen=True)
class Band:
    """How a plane is cut; rows and columns may be exchanged."""

    rows: Axis
    columns: Axis
    exchanged: bool
    output_rows: int
    """At a time, even."""
    buffer_rows: int
    column_pairs: int

    @property
    def scratch_bytes(self) -> int:
        """Of the buffer."""
        return _UNIT_BYTES * self.column_pairs * self.buffer_rows


@dataclass(frozen=True, eq=False)
class Depthwise:
    """A layer that the kernel can do."""

    requantization: Requantization
    fraction_bits: int
    """E of one-sided rounding, 0 for other kinds."""
    band: Band


def _band(rows: Axis, columns: Axis, limit_bytes: int, *, exchanged: bool) -> Band:
    stride = rows.stride
    pairs = -(-columns.output // 2) if stride == 1 else columns.output
    height = -(-rows.output // 2) * 2
    while height > 2 and _UNIT_BYTES * pairs * (stride * (height - 1) + KERNEL) > limit_bytes:
        height -= 2
    return Band(rows, columns, exchanged, height, stride * (height - 1) + KERNEL, pairs)


def plan_band(rows: Axis, columns: Axis, limit_bytes: int = SCRATCH_LIMIT_BYTES) -> Band:
    """Along the longer side, where that leaves the whole plane in one band: longer rows cost less, and pixels stay in order."""
    exchanged = _band(columns, rows, limit_bytes, exchanged=True)
    if rows.output > columns.output and exchanged.output_rows >= columns.output:
        return exchanged
    return _band(rows, columns, limit_bytes, exchanged=False)


def plan_depthwise(layer: Weighted, rows: Axis, columns: Axis, limit_bytes: int = SCRATCH_LIMIT_BYTES) -> Depthwise | None:
    """How to do `layer` (weights: [channel][kernel y][kernel x][1]) with bands of up to `limit_bytes`.

    None where another kernel has to do it.
    """
    if layer.channels < GATHERED or rows.stride != columns.stride:
        return None
    for axis in (rows, columns):
        if axis.kernel != KERNEL or axis.stride > 2 or axis.dilation != 1 or axis.input < 2:
            return None
    sums = sums_of(layer)
    chosen = choose_depthwise(sums)
    return None if chosen is None else Depthwise(*chosen, plan_band(rows, columns, limit_bytes))


def channel_records(layer: Weighted, plan: Depthwise) -> npt.NDArray[np.int32]:
    """int32 [channels, 6]: aot_dsp_depthwise_channel, little-endian."""
    requantization, channels = plan.requantization, layer.channels
    one_sided = requantization.kind == "one_sided"
    shift = requantization.shift if one_sided else np.ones(channels, np.int64)
    start = requantization.starts(layer.effective_bias) << shift
    weights = layer.weights.reshape(channels, KERNEL, KERNEL)
    if plan.band.exchanged:
        weights = weights.transpose(0, 2, 1)
    records = np.zeros((channels, _RECORD_BYTES), np.uint8)
    for offset, values in ((0, start), (4, requantization.multiplier), (8, requantization.round)):
        records[:, offset : offset + 4] = (values & 0xFFFFFFFF).astype("<u4").view(np.uint8).reshape(channels, 4)
    records[:, 12:21] = weights.reshape(channels, -1).astype(np.int8).view(np.uint8)
    records[:, 21] = shift
    records[:, 22] = 0 if one_sided else requantization.shift
    return records.view("<i4").astype(np.int32)


def _records(layer: Weighted, plan: Depthwise) -> Constant:
    comment = "[channel]: start, multiplier, round, 3x3 weights, shifts"
    return Constant("records", channel_records(layer, plan), comment, weights_bytes=layer.channels * KERNEL * KERNEL)


def lower_depthwise(view: OpView, layer: Weighted, plan: Depthwise) -> LoweredOperator:
    """One call; layers with the same stride and the same way of rounding share the products."""
    function = _function(plan)
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(
            call("aot_dsp_depthwise_conv_2d", Record(), Input(), Output(), cast_pointer("aot_uint32 *", Scratch()), Kernel(function.name)),
        ),
        headers=HEADERS,
        constants=(_records(layer, plan),),
        functions=(function,),
        layer=_record(view, layer, plan),
        scratch_bytes=plan.band.scratch_bytes,
        in_place=(0,),
        macs=view.output.elements * KERNEL * KERNEL,
        kernel=f"dsp {function.name}",
    )


def _function(plan: Depthwise) -> MacroFunction:
    stride, kind = plan.band.rows.stride, plan.requantization.kind
    name = f"depthwise_3x3_stride_{stride}_{kind}" + (f"_{plan.fraction_bits}" if plan.fraction_bits else "")
    functions = {
        "one_sided": MacroFunction(name, f"AOT_DSP_DEPTHWISE_ONE_SIDED_{stride}", (plan.fraction_bits,)),
        "two_sided": MacroFunction(name, f"AOT_DSP_DEPTHWISE_TWO_SIDED_{stride}"),
        "clamped": MacroFunction(name, "AOT_DSP_DEPTHWISE_CLAMPED_ANY", (stride,)),
    }
    return functions[kind]


def _record(view: OpView, layer: Weighted, plan: Depthwise) -> LayerRecord:
    band, channels = plan.band, layer.channels
    rows, columns = band.rows, band.columns
    batches, _, width, _ = view.input(0).shape
    return records.record(
        "aot_dsp_depthwise_layer",
        records=cast_pointer("const aot_dsp_depthwise_channel *", Table("records")),
        batches=batches,
        channels=channels,
        input=records.plane(rows.input, columns.input, width, channels, exchanged=band.exchanged),
        output=records.plane(rows.output, columns.output, view.output.shape[2], channels, exchanged=band.exchanged),
        stride=rows.stride,
        pad_rows=rows.pad,
        pad_columns=columns.pad,
        input_zero_point=layer.input_zero_point,
        range=records.value_range(layer.minimum, layer.maximum),
        band=band.output_rows,
        rows=band.buffer_rows,
        column_pairs=band.column_pairs,
    )
