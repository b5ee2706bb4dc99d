"""TILE: a tensor repeated along its dimensions.  TFLM does not have it, LiteRT is the golden."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, constant_values, data_is, length_finding, output_shape_is, parameter
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenating import MOVABLE
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import LOOPS, Copy, Loop, copy_step, strides

_COUNTS = 1


def counts_are_given_for_each_dimension(view: OpView) -> Finding | None:
    """there is a count of 1 or more for each dimension"""
    finding = length_finding(view, _COUNTS, "the counts", len(view.input(0).shape))
    if finding is None and min(constant_values(view, _COUNTS), default=1) < 1:
        return Finding("a count below 1", RECONVERT, view.input(_COUNTS))
    return finding


def shapes_agree(view: OpView) -> Finding | None:
    """the output's dimensions are the input's times the counts"""
    return output_shape_is(view, [size * count for size, count in zip(view.input(0).shape, constant_values(view, _COUNTS), strict=True)])


def loops_are_few(view: OpView) -> Finding | None:
    """neighbouring dimensions merged, it is a copy in at most five loops"""
    if len(_copy(view).simplified().loops) <= LOOPS:
        return None
    found = f"{list(view.input(0).shape)} times {list(constant_values(view, _COUNTS))}"
    return Finding(found, "repeat fewer dimensions in one layer", view.input(0))


def _copy(view: OpView) -> Copy:
    """Two loops a dimension: over the repetitions, which read the same elements, and over the elements."""
    shape, counts = view.input(0).shape, constant_values(view, _COUNTS)
    loops = []
    for size, count, step, to_step in zip(shape, counts, strides(shape), strides(view.output.shape), strict=True):
        loops += [Loop(count, 0, size * to_step), Loop(size, step, to_step)]
    return Copy(tuple(loops))


def lower(view: OpView, _target: Target) -> Step:
    """One copy."""
    return copy_step(view, [_copy(view)])


OPERATOR = Operator(
    name="TILE",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        data_is(0, *MOVABLE, DType.INT64, DType.BOOL, DType.UINT8),
        *parameter(_COUNTS, "list of counts", DType.INT32, DType.INT64),
        counts_are_given_for_each_dimension,
        shapes_agree,
        loops_are_few,
    ),
    lower=lower,
)
