"""REVERSE_V2: dimensions that stand side by side, backwards."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import (
    RECONVERT,
    constant_values,
    data_is,
    output_shape_is,
    parameter,
    positive_axis,
    rank_is_at_most,
)
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenating import MOVABLE
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import Copy, Loop, copy_step, strides

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


def shapes_agree(view: OpView) -> Finding | None:
    """the output has the input's shape"""
    return output_shape_is(view, view.input(0).shape)


def axes_are_a_list(view: OpView) -> Finding | None:
    """the axes are a list of one axis or more"""
    axes = view.input(_AXES)
    return None if len(axes.shape) == 1 and axes.elements else Finding(f"axes of the shape {list(axes.shape)}", RECONVERT, axes)


def lower(view: OpView, _target: Target) -> Step:
    """One copy with negative steps."""
    shape, axes = view.input(0).shape, _axes(view)
    steps = strides(shape)
    loops = tuple(Loop(size, -step if axis in axes else step, step) for axis, (size, step) in enumerate(zip(shape, steps, strict=True)))
    return copy_step(view, [Copy(loops, input_offset=sum((shape[axis] - 1) * steps[axis] for axis in axes))])


OPERATOR = Operator(
    name="REVERSE_V2",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        data_is(0, *MOVABLE, DType.INT64, DType.BOOL, DType.UINT8),
        rank_is_at_most(0, _MAX_RANK),
        *parameter(_AXES, "list of axes"),
        axes_are_a_list,
        axes_stand_side_by_side,
        shapes_agree,
    ),
    lower=lower,
)
