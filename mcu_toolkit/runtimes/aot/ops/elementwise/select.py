"""SELECT: SELECT_V2 without broadcasting, as the converter emits it.  TFLM does not have it, LiteRT is the golden."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, shape_finding
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import types_are
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element, elementwise_step
from mcu_toolkit.runtimes.aot.ops.elementwise.select_v2 import SELECTED


def shapes_are_equal(view: OpView) -> Finding | None:
    """condition, both values and output have the same shape"""
    for tensor in (view.input(1), view.input(2), view.output):
        finding = shape_finding(tensor, view.input(0).shape)
        if finding is not None:
            return finding
    return None


def lower(view: OpView, _target: Target) -> Step:
    """The stored values, as they are."""
    return elementwise_step(view, Element(f"select_{view.output.dtype.name.lower()}", "{a} ? {b} : {c}"))


OPERATOR = Operator(
    name="SELECT",
    constraints=(
        has_tensors((3,)),
        *COMMON,
        types_are(*((DType.BOOL, dtype, dtype, dtype) for dtype in SELECTED)),
        shapes_are_equal,
    ),
    lower=lower,
)
