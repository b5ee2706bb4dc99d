"""Operators that only give the same bytes another shape: RESHAPE, SQUEEZE, EXPAND_DIMS."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, call
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Constraint, Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target


def bytes_stay_the_same(view: OpView) -> Finding | None:
    """input and output have the same element type and number of elements"""
    source, result = view.input(0), view.output
    if source.dtype is not result.dtype:
        return Finding(f"{source.dtype.name} in and {result.dtype.name} out", "convert the model again", result)
    if source.elements != result.elements:
        return Finding(f"{list(source.shape)} in and {list(result.shape)} out", "convert the model again", result)
    return None


def element_size_is_known(view: OpView) -> Finding | None:
    """the element type has a fixed size of whole bytes"""
    try:
        _ = view.input(0).dtype.itemsize_bytes
    except KeyError:
        return Finding(f"the input is {view.input(0).dtype.name}", "use another element type", view.input(0))
    return None


def view_constraints(inputs: tuple[int, ...]) -> tuple[Constraint, ...]:
    """Constraints of an operator with these numbers of inputs; the shape that the model states for the output is what counts."""
    return (has_tensors(inputs), *COMMON, element_size_is_known, bytes_stay_the_same)


def lower_view(view: OpView, _target: Target) -> LoweredOperator:
    """The output is the input's memory; a copy only where that is a constant."""
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs[:1],
        outputs=view.op.outputs,
        call=(call("memcpy", Output(), Input(), view.output.size_bytes),),
        must_alias=True,
        kernel="in place",
    )


RESHAPE = Operator(name="RESHAPE", constraints=view_constraints((1, 2)), lower=lower_view)
"""RESHAPE: the shape tensor is not read, the output's shape in the model counts."""


SQUEEZE = Operator(name="SQUEEZE", constraints=view_constraints((1,)), lower=lower_view)
"""SQUEEZE: dimensions of 1 taken out."""


EXPAND_DIMS = Operator(name="EXPAND_DIMS", constraints=view_constraints((2,)), lower=lower_view)
"""EXPAND_DIMS: a dimension of 1 put in."""


OPERATORS = (RESHAPE, SQUEEZE, EXPAND_DIMS)
