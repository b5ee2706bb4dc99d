"""BROADCAST_TO: a tensor repeated along dimensions of 1 and new ones in front."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import constant_values, data_is, output_shape_is, parameter, rank_is_at_most
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenating import MOVABLE
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import LOOPS, copy_step, region, strides

_SHAPE = 1


def shape_is_broadcastable(view: OpView) -> Finding | None:
    """the shape has at most 5 dimensions, the last ones of which are the input's or where the input has 1"""
    shape, wanted = view.input(0).shape, constant_values(view, _SHAPE)
    tail = wanted[len(wanted) - len(shape) :]
    if len(shape) <= len(wanted) <= LOOPS and all(size in (1, target) for size, target in zip(shape, tail, strict=True)):
        return None
    return Finding(f"{list(shape)} to {list(wanted)}", "reshape the input first", view.input(0))


def shapes_agree(view: OpView) -> Finding | None:
    """the output has that shape"""
    return output_shape_is(view, constant_values(view, _SHAPE))


def lower(view: OpView, _target: Target) -> Step:
    """One copy, with a step of 0 where the input repeats."""
    shape, result = view.input(0).shape, view.output.shape
    steps = [0 if size == 1 else step for size, step in zip(shape, strides(shape), strict=True)]
    return copy_step(view, [region(result, [0] * (len(result) - len(shape)) + steps, strides(result))])


OPERATOR = Operator(
    name="BROADCAST_TO",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        data_is(0, *MOVABLE, DType.INT64, DType.BOOL, DType.UINT8),
        rank_is_at_most(0, LOOPS, least=0),
        *parameter(_SHAPE, "shape", DType.INT32, DType.INT64),
        shape_is_broadcastable,
        shapes_agree,
    ),
    lower=lower,
)
