"""PACK: tensors of one shape side by side along a new axis."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, data_is, known_axis, output_shape_is, positive_axis
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenating import MOVABLE, has_inputs, inputs_have_one_type, joining_copies, outer_size
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import copy_step


def shapes_agree(view: OpView) -> Finding | None:
    """all inputs have one shape, to which the output adds the axis"""
    shape = view.input(0).shape
    axis = positive_axis(view.option("axis"), len(shape) + 1)
    if axis is None:
        return Finding(f"the axis {view.option('axis')}", RECONVERT, view.output)
    for position in range(len(view.op.inputs)):
        if view.input(position).shape != shape:
            return Finding(f"the shape {list(view.input(position).shape)} beside {list(shape)}", RECONVERT, view.input(position))
    if view.option("values_count") != len(view.op.inputs):
        return Finding(f"values_count = {view.option('values_count')} and {len(view.op.inputs)} inputs", RECONVERT)
    return output_shape_is(view, (*shape[:axis], len(view.op.inputs), *shape[axis:]))


def lower(view: OpView, _target: Target) -> Step:
    """One copy of rows for each input."""
    shape = view.input(0).shape
    outer = outer_size(shape, known_axis(view.option("axis"), len(shape) + 1))
    inputs = range(len(view.op.inputs))
    return copy_step(view, joining_copies(outer, [view.input(0).elements // outer for _ in inputs]), inputs=inputs)


OPERATOR = Operator(
    name="PACK",
    constraints=(has_inputs, *COMMON, data_is(0, *MOVABLE, DType.INT64), inputs_have_one_type, shapes_agree),
    lower=lower,
)
