"""TRANSPOSE: dimensions in another order."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, constant_values, data_is, output_shape_is, parameter, rank_is_at_most
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import LOOPS, copy_step, region, strides

_ORDER = 1


def order_is_a_permutation(view: OpView) -> Finding | None:
    """the permutation names each dimension once, counted from 0"""
    order = constant_values(view, _ORDER)
    if sorted(order) == list(range(len(view.input(0).shape))):
        return None
    return Finding(f"the permutation {list(order)} of {len(view.input(0).shape)} dimensions", RECONVERT, view.input(_ORDER))


def shapes_agree(view: OpView) -> Finding | None:
    """the output has the input's dimensions in the new order"""
    return output_shape_is(view, [view.input(0).shape[axis] for axis in constant_values(view, _ORDER)])


def lower(view: OpView, _target: Target) -> Step:
    """One copy in the order of the output; the same memory where only dimensions of 1 move."""
    steps, result = strides(view.input(0).shape), view.output.shape
    return copy_step(view, [region(result, [steps[axis] for axis in constant_values(view, _ORDER)], strides(result))])


OPERATOR = Operator(
    name="TRANSPOSE",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        data_is(0, DType.INT8, DType.INT16, DType.FLOAT32),
        rank_is_at_most(0, LOOPS),
        *parameter(_ORDER, "permutation"),
        order_is_a_permutation,
        shapes_agree,
    ),
    lower=lower,
)
