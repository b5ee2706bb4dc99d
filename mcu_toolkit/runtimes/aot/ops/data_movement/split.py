"""A tensor taken apart along an axis: SPLIT, SPLIT_V and UNPACK.

The outputs together are the input; the shapes in the model say how long each is.
"""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.constant_parameters import (
    RECONVERT,
    constant_values,
    data_is,
    known_axis,
    output_shape_is,
    parameter,
    positive_axis,
)
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Constraint, Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenate import MOVABLE, has_outputs, outer_size, rows_from, split_copies
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import lower_copies


def parts_fill_the_axis(data: int, axis_input: int) -> Constraint:
    """The outputs' shapes are the input's but for the axis, along which they add up to it."""

    def check(view: OpView) -> Finding | None:
        shape, axes = view.input(data).shape, constant_values(view, axis_input)
        axis = positive_axis(axes[0], len(shape)) if len(axes) == 1 else None
        if axis is None:
            return Finding(f"the axis {list(axes)} of the shape {list(shape)}", RECONVERT, view.input(data))
        shapes = [output.shape for output in view.outputs]
        lengths = [part[axis] for part in shapes if len(part) == len(shape)]
        if sum(lengths) != shape[axis] or len(lengths) != len(shapes):
            return Finding(f"{', '.join(str(list(part)) for part in shapes)} out of {list(shape)}", RECONVERT, view.output)
        return output_shape_is(view, *((*shape[:axis], length, *shape[axis + 1 :]) for length in lengths))

    check.__doc__ = "the axis exists, and along it the outputs together are as long as the input"
    return check


def lower_split(view: OpView, data: int, axis_input: int) -> LoweredOperator:
    """One copy of rows for each output."""
    shape = view.input(data).shape
    axis = known_axis(constant_values(view, axis_input)[0], len(shape))
    copies = split_copies(outer_size(shape, axis), rows_from([output.shape for output in view.outputs], axis))
    return lower_copies(view, copies, inputs=(data,))


_SPLIT_AXIS, _SPLIT_DATA = 0, 1


def parts_are_equal(view: OpView) -> Finding | None:
    """all outputs have one shape"""
    for output in view.outputs:
        if output.shape != view.output.shape:
            return Finding(f"the shape {list(output.shape)} beside {list(view.output.shape)}", RECONVERT, output)
    return None


def _lower_split(view: OpView, _target: Target) -> LoweredOperator:
    """One copy of rows for each output."""
    return lower_split(view, _SPLIT_DATA, _SPLIT_AXIS)


SPLIT = Operator(
    name="SPLIT",
    constraints=(
        has_outputs(2),
        *COMMON,
        data_is(_SPLIT_DATA, *MOVABLE),
        *parameter(_SPLIT_AXIS, "axis"),
        parts_fill_the_axis(_SPLIT_DATA, _SPLIT_AXIS),
        parts_are_equal,
    ),
    lower=_lower_split,
)
"""SPLIT: a tensor in equal parts along an axis."""


_SPLIT_V_DATA, _SPLIT_V_AXIS = 0, 2


def _lower_split_v(view: OpView, _target: Target) -> LoweredOperator:
    """One copy of rows for each output."""
    return lower_split(view, _SPLIT_V_DATA, _SPLIT_V_AXIS)


SPLIT_V = Operator(
    name="SPLIT_V",
    constraints=(
        has_outputs(3),
        *COMMON,
        data_is(_SPLIT_V_DATA, *MOVABLE),
        *parameter(_SPLIT_V_AXIS, "axis"),
        parts_fill_the_axis(_SPLIT_V_DATA, _SPLIT_V_AXIS),
    ),
    lower=_lower_split_v,
)
"""SPLIT_V: a tensor in parts of any length along an axis.  The lengths are those of the outputs; input 1 is not read."""


def shapes_agree(view: OpView) -> Finding | None:
    """there is one output for each index of the axis, in the input's shape without the axis"""
    shape = view.input(0).shape
    axis = positive_axis(view.option("axis"), len(shape))
    if axis is None:
        return Finding(f"the axis {view.option('axis')}", RECONVERT, view.input(0))
    if not len(view.op.outputs) == view.option("num") == shape[axis]:
        return Finding(f"num = {view.option('num')}, {len(view.op.outputs)} outputs and {shape[axis]} slices", RECONVERT, view.input(0))
    return output_shape_is(view, *[(*shape[:axis], *shape[axis + 1 :])] * shape[axis])


def _lower_unpack(view: OpView, _target: Target) -> LoweredOperator:
    """One copy of rows for each output."""
    shape = view.input(0).shape
    outer = outer_size(shape, known_axis(view.option("axis"), len(shape)))
    return lower_copies(view, split_copies(outer, [view.output.elements // outer] * len(view.op.outputs)))


UNPACK = Operator(name="UNPACK", constraints=(has_outputs(1), *COMMON, data_is(0, *MOVABLE), shapes_agree), lower=_lower_unpack)
"""UNPACK: a tensor in slices of length 1 along an axis, which the outputs do not have."""


OPERATORS = (SPLIT, SPLIT_V, UNPACK)
