"""GATHER, GATHER_ND and EMBEDDING_LOOKUP: elements and slices at positions that a tensor holds.

Positions may be computed while the model runs.  TFLM takes int8 and float32 only; the converter emits int16 too, for which LiteRT
is the golden.
"""

from __future__ import annotations

import math

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Expression, Input, Output, Record, call
from mcu_toolkit.runtimes.aot.ir.constant_parameters import (
    RECONVERT,
    constant_values,
    data_is,
    known_axis,
    output_shape_is,
    positive_axis,
    scales_finding,
)
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, input_has_rank, input_is
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenate import MOVABLE
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import LOOPS, strides

POSITIONS = 1

CONSTRAINTS = (
    has_tensors((2,)),
    *COMMON,
    data_is(0, *MOVABLE, DType.INT64, DType.BOOL, DType.UINT8),
    input_is(POSITIONS, "list of positions", DType.INT32),
)


def _batch_dims(view: OpView) -> int:
    count: int = view.option("batch_dims")
    return count + len(view.input(POSITIONS).shape) if count < 0 else count


def _axis(view: OpView) -> int:
    return known_axis(view.option("axis"), len(view.input(0).shape))


def axes_exist(view: OpView) -> Finding | None:
    """the axis exists, batch_dims is not beyond it, and the batch dimensions of input and positions are equal"""
    shape, positions = view.input(0).shape, view.input(POSITIONS).shape
    axis, batch_dims = positive_axis(view.option("axis"), len(shape)), _batch_dims(view)
    if axis is None or not 0 <= batch_dims <= min(axis, len(positions)) or shape[:batch_dims] != positions[:batch_dims]:
        found = f"axis {view.option('axis')} and batch_dims {view.option('batch_dims')} of {list(shape)} and {list(positions)}"
        return Finding(found, RECONVERT, view.input(POSITIONS))
    return None


def gather_constant_positions_lie_inside(view: OpView) -> Finding | None:
    """constant positions lie inside the axis"""
    positions = view.input(POSITIONS)
    if positions.is_constant:
        values = constant_values(view, POSITIONS)
        if min(values) < 0 or max(values) >= view.input(0).shape[_axis(view)]:
            return Finding(f"positions from {min(values)} to {max(values)}", RECONVERT, positions)
    return None


def gather_shapes_agree(view: OpView) -> Finding | None:
    """the output has the positions' shape in place of the axis"""
    shape, axis = view.input(0).shape, _axis(view)
    return output_shape_is(view, (*shape[:axis], *view.input(POSITIONS).shape[_batch_dims(view) :], *shape[axis + 1 :]))


def _lower_gather(view: OpView, _target: Target) -> LoweredOperator:
    """A copy for each position."""
    shape, axis, batch_dims = view.input(0).shape, _axis(view), _batch_dims(view)
    batches = math.prod(shape[:batch_dims])
    slice_bytes = math.prod(shape[axis + 1 :]) * view.output.dtype.itemsize_bytes
    return _step(
        view,
        "gather",
        batches=batches,
        outer=math.prod(shape[batch_dims:axis]),
        count=view.input(POSITIONS).elements // batches,
        axis=shape[axis],
        slice_bytes=slice_bytes,
    )


def _step(view: OpView, kernel: str, **members: Expression) -> LoweredOperator:
    """A call of `aot_<kernel>`; `members`: of its record.  The positions are the second input, of EMBEDDING_LOOKUP the first."""
    inputs = view.op.inputs[::-1] if view.operator == "EMBEDDING_LOOKUP" else view.op.inputs
    return LoweredOperator(
        op=view.op,
        inputs=inputs,
        outputs=view.op.outputs,
        call=(call(f"aot_{kernel}", Record(), Input(), Input(1), Output()),),
        headers=("gather.h",),
        layer=records.record(f"aot_{kernel}_layer", **members),
        kernel="gather",
    )


GATHER = Operator(
    name="GATHER", constraints=(*CONSTRAINTS, axes_exist, gather_constant_positions_lie_inside, gather_shapes_agree), lower=_lower_gather
)
"""GATHER: slices along an axis, chosen by a tensor of positions."""


def positions_are_not_too_deep(view: OpView) -> Finding | None:
    """the last dimension of the positions is at most 5 and at most the number of the input's dimensions"""
    shape, positions = view.input(0).shape, view.input(POSITIONS).shape
    if positions and positions[-1] <= min(len(shape), LOOPS):
        return None
    return Finding(f"positions of the shape {list(positions)} in {list(shape)}", RECONVERT, view.input(POSITIONS))


def _starts(view: OpView) -> list[int]:
    """The element at which each constant slice starts."""
    positions = view.input(POSITIONS)
    assert positions.data is not None
    depth = positions.shape[-1]
    steps = strides(view.input(0).shape)[:depth]
    return [sum(index * step for index, step in zip(row, steps, strict=True)) for row in positions.data.reshape(-1, depth).tolist()]


def gather_nd_constant_positions_lie_inside(view: OpView) -> Finding | None:
    """constant positions lead inside the input"""
    if view.input(POSITIONS).is_constant:
        starts = _starts(view)
        if min(starts) < 0 or max(starts) > view.input(0).elements - _slice(view):
            return Finding("positions outside the input", RECONVERT, view.input(POSITIONS))
    return None


def _slice(view: OpView) -> int:
    return math.prod(view.input(0).shape[view.input(POSITIONS).shape[-1] :])


def gather_nd_shapes_agree(view: OpView) -> Finding | None:
    """the output has the positions' shape with what one of them chooses in place of the last dimension"""
    shape, positions = view.input(0).shape, view.input(POSITIONS).shape
    return output_shape_is(view, (*positions[:-1], *shape[positions[-1] :]))


def _lower_gather_nd(view: OpView, _target: Target) -> LoweredOperator:
    """A copy for each position."""
    source, positions, size = view.input(0), view.input(POSITIONS), view.output.dtype.itemsize_bytes
    depth = positions.shape[-1]
    steps = [step * size for step in strides(source.shape)[:depth]]
    return _step(
        view,
        "gather_nd",
        count=positions.elements // depth,
        depth=depth,
        step=records.array((*steps, *(0,) * (LOOPS - depth))),
        slice_bytes=_slice(view) * size,
        last_bytes=(source.elements - _slice(view)) * size,
    )


GATHER_ND = Operator(
    name="GATHER_ND",
    constraints=(*CONSTRAINTS, positions_are_not_too_deep, gather_nd_constant_positions_lie_inside, gather_nd_shapes_agree),
    lower=_lower_gather_nd,
)
"""GATHER_ND: slices or elements, chosen by a tensor whose last dimension holds positions along the first axes."""


_POSITIONS, _TABLE = 0, 1


def table_has_rows(view: OpView) -> Finding | None:
    """the table has two dimensions or more"""
    shape = view.input(_TABLE).shape
    return None if len(shape) >= 2 else Finding(f"a table of the shape {list(shape)}", RECONVERT, view.input(_TABLE))


def quantizations_agree(view: OpView) -> Finding | None:
    """an int8 table and the output have the same scale and zero point"""
    return scales_finding(view.input(_TABLE), view.output)


def embedding_lookup_shapes_agree(view: OpView) -> Finding | None:
    """the output has a row for each position"""
    return output_shape_is(view, (*view.input(_POSITIONS).shape, *view.input(_TABLE).shape[1:]))


def _lower_embedding_lookup(view: OpView, _target: Target) -> LoweredOperator:
    """The kernel of GATHER, along the first axis."""
    table = view.input(_TABLE)
    slice_bytes = math.prod(table.shape[1:]) * table.dtype.itemsize_bytes
    count = view.input(_POSITIONS).elements
    return _step(view, "gather", batches=1, outer=1, count=count, axis=table.shape[0], slice_bytes=slice_bytes)


EMBEDDING_LOOKUP = Operator(
    name="EMBEDDING_LOOKUP",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        data_is(_TABLE, DType.INT8, DType.FLOAT32),
        input_is(_POSITIONS, "list of positions", DType.INT32),
        input_has_rank(_POSITIONS, "list of positions", 1),
        table_has_rows,
        quantizations_agree,
        embedding_lookup_shapes_agree,
    ),
    lower=_lower_embedding_lookup,
)
"""EMBEDDING_LOOKUP: rows of a table, chosen by a list of positions."""


OPERATORS = (GATHER, GATHER_ND, EMBEDDING_LOOKUP)
