"""What SPLIT and SPLIT_V have in common: outputs that together are the input; the shapes in the model say how long each is."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, constant_values, known_axis, output_shape_is, positive_axis
from mcu_toolkit.runtimes.aot.ir.operator import Constraint, Finding, OpView, Step
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenating import outer_size, parting_copies, rows_from
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import copy_step


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


def split_step(view: OpView, data: int, axis_input: int) -> Step:
    """One copy of rows for each output."""
    shape = view.input(data).shape
    axis = known_axis(constant_values(view, axis_input)[0], len(shape))
    copies = parting_copies(outer_size(shape, axis), rows_from([output.shape for output in view.outputs], axis))
    return copy_step(view, copies, inputs=(data,))
