"""STRIDED_SLICE: begin, end and stride of each dimension, with masks for "from the start", "to the end" and "drop the dimension".

TFLM takes up to 4 dimensions; LiteRT is the golden for 5.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import (
    constant_values,
    data_is,
    length_finding,
    output_shape_is,
    parameter,
    rank_is_at_most,
)
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenating import MOVABLE
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import LOOPS, Copy, Loop, copy_step, strides

_BEGIN, _END, _STRIDES = 1, 2, 3


@dataclass(frozen=True)
class _Range:
    """The indices of one dimension that are taken."""

    start: int
    step: int
    length: int
    is_dropped: bool


def _range(view: OpView, axis: int) -> _Range:
    """As Python's slices, but that an axis to be dropped takes one index whatever its end says."""
    size, bit = view.input(0).shape[axis], 1 << axis
    begin, end, step = (constant_values(view, position)[axis] for position in (_BEGIN, _END, _STRIDES))
    first = None if view.option("begin_mask") & bit else begin
    last = None if view.option("end_mask") & bit else end
    indices = range(*slice(first, last, step).indices(size))
    if not view.option("shrink_axis_mask") & bit:
        return _Range(indices.start, step, len(indices), False)
    return _Range(indices.start, 1, 1 if indices.start < size and step > 0 else 0, True)


def bounds_are_given_for_each_dimension(view: OpView) -> Finding | None:
    """begin, end and strides have a value for each dimension, and no stride is 0"""
    for position, role in ((_BEGIN, "begin"), (_END, "end"), (_STRIDES, "strides")):
        finding = length_finding(view, position, role, len(view.input(0).shape))
        if finding is not None:
            return finding
    return Finding("a stride of 0", "convert the model again", view.input(_STRIDES)) if 0 in constant_values(view, _STRIDES) else None


def masks_are_plain(view: OpView) -> Finding | None:
    """neither ellipsis, new axis nor offset is used: begin_mask, end_mask and shrink_axis_mask are"""
    for mask in ("ellipsis_mask", "new_axis_mask", "offset"):
        if view.option(mask):
            return Finding(f"{mask} = {view.option(mask)}", "write out all dimensions of the slice; use tf.expand_dims for new axes")
    return None


def shapes_agree(view: OpView) -> Finding | None:
    """the output has the lengths that the bounds give, without the dimensions that are dropped, each of which takes one index"""
    ranges = [_range(view, axis) for axis in range(len(view.input(0).shape))]
    for axis, taken in enumerate(ranges):
        if taken.is_dropped and not taken.length:
            return Finding(f"a dropped dimension {axis} without an index", "give it an index inside and a stride of 1", view.output)
    return output_shape_is(view, [taken.length for taken in ranges if not taken.is_dropped])


def lower(view: OpView, _target: Target) -> Step:
    """One copy."""
    shape = view.input(0).shape
    steps = strides(shape)
    ranges = [_range(view, axis) for axis in range(len(shape))]
    to_steps = strides([taken.length for taken in ranges])
    loops = tuple(Loop(taken.length, taken.step * step, to_step) for taken, step, to_step in zip(ranges, steps, to_steps, strict=True))
    offset = sum(taken.start * step for taken, step in zip(ranges, steps, strict=True))
    return copy_step(view, [Copy(loops, input_offset=offset)])


OPERATOR = Operator(
    name="STRIDED_SLICE",
    constraints=(
        has_tensors((4,)),
        *COMMON,
        data_is(0, *MOVABLE, DType.BOOL),
        rank_is_at_most(0, LOOPS),
        *parameter(_BEGIN, "begin"),
        *parameter(_END, "end"),
        *parameter(_STRIDES, "stride"),
        bounds_are_given_for_each_dimension,
        masks_are_plain,
        shapes_agree,
    ),
    lower=lower,
)
