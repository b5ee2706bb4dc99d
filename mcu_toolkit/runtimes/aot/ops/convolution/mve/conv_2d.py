"""CONV_2D on cores with Helium: kernels/mve/conv_2d.h, also for a DEPTHWISE_CONV_2D of one channel and FULLY_CONNECTED of several rows.

All kernels, strides and dilations; groups are left to the portable kernel.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Binary, Cast, Input, Output, Record, Scratch, Table, call, cast_pointer
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LayerRecord, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import KernelVariant, Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.mve.requantization import Kind, channel_groups, choose_kind, factors_initialiser
from mcu_toolkit.runtimes.aot.ops.convolution.mve.rows import lower_rows
from mcu_toolkit.runtimes.aot.ops.convolution.weights import Weighted, int8_convolution
from mcu_toolkit.runtimes.aot.ops.convolution.windows import axes

HEADERS = ("mve/accesses.h", "mve/conv_2d.h", "mve/requantize.h", "mve/instructions.h", "mve/matrix.h", "windows.h")
PIXELS = 3
"""AOT_MVE_PIXELS of kernels/mve/matrix.h."""
BLOCK = 64
"""AOT_MVE_BLOCK of kernels/mve/instructions.h."""
_WORD_BYTES = 4


def lower_matrix(view: OpView, layer: Weighted, kind: Kind, rows: Axis, columns: Axis, *, apart: bool = False) -> LoweredOperator:
    """One call: of the walk over pixels, or of that over columns.  `layer.weights`: [output channel][kernel y][kernel x][depth].

    `apart`: with less scratch memory, windows put together 3 at a time instead of the columns of a row.
    """
    apart = apart or columns.dilation > 1
    pointwise = _is_pointwise(rows) and _is_pointwise(columns)
    one_row = pointwise and rows.stride == columns.stride == 1
    if one_row:
        rows, columns = _one_row(view, rows, columns)
    in_place = one_row and layer.channels <= BLOCK
    # In the order of the columns: [kernel x][kernel y][depth].
    weights = np.ascontiguousarray(layer.weights.transpose(0, 2, 1, 3))
    walk, sums = "aot_mve_conv_2d_pointwise" if pointwise else "aot_mve_conv_2d", cast_pointer("aot_int32 *", Scratch())
    gathered = () if pointwise else (Binary(Cast("int8_t *", Scratch()), "+", _sums_bytes(layer.channels)),)
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call(walk, Record(), Input(), Output(), sums, *gathered, f"aot_mve_requantize_{kind}"),),
        headers=HEADERS,
        constants=(Constant("weights", weights, "[output channel][kernel x][kernel y][depth]"), channel_groups(layer)),
        layer=_record(view, layer, rows, columns, backwards=in_place and layer.channels > layer.weights.shape[3], apart=apart),
        scratch_bytes=_sums_bytes(layer.channels) + (0 if pointwise else _columns_bytes(layer, rows, columns, apart=apart)),
        in_place=(0,) if in_place else (),
        may_grow=in_place,
        macs=view.output.elements * layer.weights[0].size,
        kernel=f"mve conv_2d {rows.kernel}x{columns.kernel} {kind}",
    )


def _is_pointwise(axis: Axis) -> bool:
    return axis.kernel == 1 and not axis.has_border


def _one_row(view: OpView, rows: Axis, columns: Axis) -> tuple[Axis, Axis]:
    pixels = view.output.elements // view.output.shape[-1]
    row = dataclasses.replace(rows, input=1, output=1, dilation=1)
    return row, dataclasses.replace(columns, input=pixels, output=pixels, dilation=1)


def _sums_bytes(channels: int) -> int:
    """The last pixel's sums may end early: they are read up to a multiple of 8."""
    return _WORD_BYTES * ((PIXELS - 1) * BLOCK + min(BLOCK, -(-channels // 8) * 8))


def _columns_bytes(layer: Weighted, rows: Axis, columns: Axis, *, apart: bool) -> int:
    column = rows.kernel * layer.weights.shape[3]
    count = (columns.output - 1) * columns.stride + columns.kernel if not apart else PIXELS * columns.kernel
    return int(count * column)


def _record(view: OpView, layer: Weighted, rows: Axis, columns: Axis, *, backwards: bool, apart: bool) -> LayerRecord:
    depth = layer.weights.shape[3]
    batches = view.input(0).elements // (rows.input * columns.input * depth)
    return records.record(
        "aot_mve_conv_2d_layer",
        matrix=records.initialiser(
            weights=Table("weights"), factors=factors_initialiser(layer), depth=layer.weights[0].size, channels=layer.channels
        ),
        windows=records.windows(rows, columns, batches=batches, channels=(depth, layer.channels)),
        input_zero_point=layer.input_zero_point,
        backwards=int(backwards),
        apart=int(apart),
    )


def _plan(view: OpView) -> tuple[Weighted, Kind] | None:
    layer = int8_convolution(view) if view.input(0).shape[3] == view.input(1).shape[3] else None
    kind = None if layer is None else choose_kind(layer)
    return None if layer is None or kind is None else (layer, kind)


def _lower_conv_2d_mve(view: OpView, _target: Target) -> LoweredOperator | None:
    """Windows of 3 pixels times pairs of channels, where the vector instructions' rounding is exact."""
    plan = _plan(view)
    return None if plan is None else lower_matrix(view, *plan, *axes(view))


def _apart(view: OpView, _target: Target) -> LoweredOperator | None:
    """Three windows at a time where the default has the columns of a row: less scratch memory where that is larger."""
    plan, (rows, columns) = _plan(view), axes(view)
    if plan is None or columns.dilation > 1 or (_is_pointwise(rows) and _is_pointwise(columns)):
        return None
    few, many = (_columns_bytes(plan[0], rows, columns, apart=apart) for apart in (True, False))
    return lower_matrix(view, *plan, rows, columns, apart=True) if few < many else None


def _row_by_row(view: OpView, _target: Target) -> LoweredOperator | None:
    """A 1x1 kernel with stride 1, one pixel at a time: less scratch memory, and the output cannot take the place of the input."""
    plan, (rows, columns) = _plan(view), axes(view)
    if plan is None or not (_is_pointwise(rows) and _is_pointwise(columns) and rows.stride == columns.stride == 1):
        return None
    layer, kind = plan
    return lower_rows(view, dataclasses.replace(layer, weights=layer.weights.reshape(layer.channels, -1)), kind)


CONV_2D_MVE = Operator(
    name="CONV_2D",
    constraints=(),
    lower=_lower_conv_2d_mve,
    instruction_set="mve",
    variants=(KernelVariant("windows apart", _apart), KernelVariant("row by row", _row_by_row)),
)
"""CONV_2D on cores with Helium: all kernels, strides and dilations; groups are left to the portable kernel."""


OPERATORS = (CONV_2D_MVE,)
