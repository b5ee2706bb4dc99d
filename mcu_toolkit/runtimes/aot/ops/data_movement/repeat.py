"""BROADCAST_TO and TILE: a tensor repeated."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import (
    RECONVERT,
    constant_values,
    data_is,
    length_finding,
    output_shape_is,
    parameter,
    rank_is_at_most,
)
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenate import MOVABLE
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import LOOPS, Copy, Loop, lower_copies, region, strides

_SHAPE = 1


def shape_is_broadcastable(view: OpView) -> Finding | None:
    """the shape has at most 5 dimensions, the last ones of which are the input's or where the input has 1"""
    shape, wanted = view.input(0).shape, constant_values(view, _SHAPE)
    tail = wanted[len(wanted) - len(shape) :]
    if len(shape) <= len(wanted) <= LOOPS and all(size in (1, target) for size, target in zip(shape, tail, strict=True)):
        return None
    return Finding(f"{list(shape)} to {list(wanted)}", "reshape the input first", view.input(0))


def broadcast_to_shapes_agree(view: OpView) -> Finding | None:
    """the output has that shape"""
    return output_shape_is(view, constant_values(view, _SHAPE))


def _lower_broadcast_to(view: OpView, _target: Target) -> LoweredOperator:
    """One copy, with a step of 0 where the input repeats."""
    shape, result = view.input(0).shape, view.output.shape
    steps = [0 if size == 1 else step for size, step in zip(shape, strides(shape), strict=True)]
    return lower_copies(view, [region(result, [0] * (len(result) - len(shape)) + steps, strides(result))])


BROADCAST_TO = Operator(
    name="BROADCAST_TO",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        data_is(0, *MOVABLE, DType.INT64, DType.BOOL, DType.UINT8),
        rank_is_at_most(0, LOOPS, least=0),
        *parameter(_SHAPE, "shape", DType.INT32, DType.INT64),
        shape_is_broadcastable,
        broadcast_to_shapes_agree,
    ),
    lower=_lower_broadcast_to,
)
"""BROADCAST_TO: a tensor repeated along dimensions of 1 and new ones in front."""


_COUNTS = 1


def counts_are_given_for_each_dimension(view: OpView) -> Finding | None:
    """there is a count of 1 or more for each dimension"""
    finding = length_finding(view, _COUNTS, "the counts", len(view.input(0).shape))
    if finding is None and min(constant_values(view, _COUNTS), default=1) < 1:
        return Finding("a count below 1", RECONVERT, view.input(_COUNTS))
    return finding


def tile_shapes_agree(view: OpView) -> Finding | None:
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


def _lower_tile(view: OpView, _target: Target) -> LoweredOperator:
    """One copy."""
    return lower_copies(view, [_copy(view)])


TILE = Operator(
    name="TILE",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        data_is(0, *MOVABLE, DType.INT64, DType.BOOL, DType.UINT8),
        *parameter(_COUNTS, "list of counts", DType.INT32, DType.INT64),
        counts_are_given_for_each_dimension,
        tile_shapes_agree,
        loops_are_few,
    ),
    lower=_lower_tile,
)
"""TILE: a tensor repeated along its dimensions.  TFLM does not have it, LiteRT is the golden."""


OPERATORS = (BROADCAST_TO, TILE)
