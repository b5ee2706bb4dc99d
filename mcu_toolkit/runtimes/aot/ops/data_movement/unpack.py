"""UNPACK: a tensor in slices of length 1 along an axis, which the outputs do not have."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, data_is, known_axis, output_shape_is, positive_axis
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenating import MOVABLE, has_outputs, outer_size, parting_copies
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import copy_step


def shapes_agree(view: OpView) -> Finding | None:
    """there is one output for each index of the axis, in the input's shape without the axis"""
    shape = view.input(0).shape
    axis = positive_axis(view.option("axis"), len(shape))
    if axis is None:
        return Finding(f"the axis {view.option('axis')}", RECONVERT, view.input(0))
    if not len(view.op.outputs) == view.option("num") == shape[axis]:
        return Finding(f"num = {view.option('num')}, {len(view.op.outputs)} outputs and {shape[axis]} slices", RECONVERT, view.input(0))
    return output_shape_is(view, *[(*shape[:axis], *shape[axis + 1 :])] * shape[axis])


def lower(view: OpView, _target: Target) -> Step:
    """One copy of rows for each output."""
    shape = view.input(0).shape
    outer = outer_size(shape, known_axis(view.option("axis"), len(shape)))
    return copy_step(view, parting_copies(outer, [view.output.elements // outer] * len(view.op.outputs)))


OPERATOR = Operator(name="UNPACK", constraints=(has_outputs(1), *COMMON, data_is(0, *MOVABLE), shapes_agree), lower=lower)
