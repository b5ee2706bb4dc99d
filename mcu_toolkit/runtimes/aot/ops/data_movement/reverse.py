"""REVERSE_V2 and REVERSE_SEQUENCE: elements in the opposite order."""

from __future__ import annotations

import math

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, Record, call
from mcu_toolkit.runtimes.aot.ir.constant_parameters import (
    RECONVERT,
    constant_values,
    data_is,
    output_shape_is,
    parameter,
    positive_axis,
    rank_is_at_most,
    scales_finding,
)
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, input_is
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenate import MOVABLE
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import Copy, Loop, lower_copies, strides

_AXES = 1
_MAX_RANK = 6
"""TFLM's RuntimeShape::kMaxSmallSize."""


def _axes(view: OpView) -> list[int]:
    rank = len(view.input(0).shape)
    found = [positive_axis(axis, rank) for axis in constant_values(view, _AXES)]
    return sorted(-1 if axis is None else axis for axis in found)


def axes_stand_side_by_side(view: OpView) -> Finding | None:
    """the axes exist, none is named twice, and they stand side by side"""
    axes = _axes(view)
    if axes[0] >= 0 and axes == list(range(axes[0], axes[0] + len(axes))):
        return None
    return Finding(f"the axes {list(constant_values(view, _AXES))}", "reverse one axis after the other", view.input(_AXES))


def reverse_v2_shapes_agree(view: OpView) -> Finding | None:
    """the output has the input's shape"""
    return output_shape_is(view, view.input(0).shape)


def axes_are_a_list(view: OpView) -> Finding | None:
    """the axes are a list of one axis or more"""
    axes = view.input(_AXES)
    return None if len(axes.shape) == 1 and axes.elements else Finding(f"axes of the shape {list(axes.shape)}", RECONVERT, axes)


def _lower_reverse_v2(view: OpView, _target: Target) -> LoweredOperator:
    """One copy with negative steps."""
    shape, axes = view.input(0).shape, _axes(view)
    steps = strides(shape)
    loops = tuple(Loop(size, -step if axis in axes else step, step) for axis, (size, step) in enumerate(zip(shape, steps, strict=True)))
    return lower_copies(view, [Copy(loops, input_offset=sum((shape[axis] - 1) * steps[axis] for axis in axes))])


REVERSE_V2 = Operator(
    name="REVERSE_V2",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        data_is(0, *MOVABLE, DType.INT64, DType.BOOL, DType.UINT8),
        rank_is_at_most(0, _MAX_RANK),
        *parameter(_AXES, "list of axes"),
        axes_are_a_list,
        axes_stand_side_by_side,
        reverse_v2_shapes_agree,
    ),
    lower=_lower_reverse_v2,
)
"""REVERSE_V2: dimensions that stand side by side, backwards."""


_LENGTHS = 1


def dimensions_exist(view: OpView) -> Finding | None:
    """seq_dim and batch_dim are two different dimensions of the input"""
    sequence, batch, rank = view.option("seq_dim"), view.option("batch_dim"), len(view.input(0).shape)
    if sequence != batch and 0 <= sequence < rank and 0 <= batch < rank:
        return None
    return Finding(f"seq_dim {sequence} and batch_dim {batch} of {rank} dimensions", RECONVERT, view.input(0))


def there_is_a_length_for_each_sequence(view: OpView) -> Finding | None:
    """there is a length for each sequence of the batch; constant ones lie between 0 and the size of seq_dim"""
    shape, lengths = view.input(0).shape, view.input(_LENGTHS)
    if lengths.shape != (shape[view.option("batch_dim")],):
        return Finding(f"lengths of the shape {list(lengths.shape)}", RECONVERT, lengths)
    values = constant_values(view, _LENGTHS) if lengths.is_constant else (0,)
    if min(values) < 0 or max(values) > shape[view.option("seq_dim")]:
        return Finding(f"lengths from {min(values)} to {max(values)}", RECONVERT, lengths)
    return None


def reverse_sequence_shapes_agree(view: OpView) -> Finding | None:
    """the output has the input's shape, in 8 bits its scale and zero point too"""
    return output_shape_is(view, view.input(0).shape) or scales_finding(view.input(0), view.output)


def _lower_reverse_sequence(view: OpView, _target: Target) -> LoweredOperator:
    """One call: the two dimensions, and what lies before, between and behind them."""
    shape, sequence, batch = view.input(0).shape, view.option("seq_dim"), view.option("batch_dim")
    first, second = sorted((sequence, batch))
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=(call(f"aot_reverse_sequence_{view.input(_LENGTHS).dtype.name.lower()}", Record(), Input(), Input(1), Output()),),
        headers=("reverse_sequence.h",),
        layer=records.record(
            "aot_reverse_sequence_layer",
            outer=math.prod(shape[:first]),
            first=shape[first],
            between=math.prod(shape[first + 1 : second]),
            second=shape[second],
            slice_bytes=math.prod(shape[second + 1 :]) * view.output.dtype.itemsize_bytes,
            batch_is_first=int(batch == first),
        ),
        kernel="reverse_sequence",
    )


REVERSE_SEQUENCE = Operator(
    name="REVERSE_SEQUENCE",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        data_is(0, *MOVABLE, DType.INT64, DType.UINT8),
        input_is(_LENGTHS, "list of lengths", DType.INT32, DType.INT64),
        dimensions_exist,
        there_is_a_length_for_each_sequence,
        reverse_sequence_shapes_agree,
    ),
    lower=_lower_reverse_sequence,
)
"""REVERSE_SEQUENCE: the beginning of each sequence of a batch backwards, as much of it as a list of lengths says.

TFLM does not have it, LiteRT is the golden; in INT8, which LiteRT does not take either, its bytes are moved as those of UINT8."""


OPERATORS = (REVERSE_V2, REVERSE_SEQUENCE)
