"""SELECT and SELECT_V2: one of two values, by a condition."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.c_tree import Conditional, InputElement
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, shape_finding
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import inputs_broadcast, types_are
from mcu_toolkit.runtimes.aot.ops.elementwise.element import A, B, Element, lower_elementwise

SELECTED = (DType.INT8, DType.INT16, DType.FLOAT32, DType.INT32, DType.INT64, DType.BOOL)
"""The last three are not in TFLM, but in what the converter makes of embeddings; LiteRT is the golden there."""


def _lower_select(view: OpView, _target: Target) -> LoweredOperator:
    """The stored values, as they are: quantizations are not looked at, neither here nor in TFLM."""
    return lower_elementwise(view, Element(f"select_{view.output.dtype.name.lower()}", Conditional(A, B, InputElement(2))))


SELECT_V2 = Operator(
    name="SELECT_V2",
    constraints=(
        has_tensors((3,)),
        *COMMON,
        types_are(*((DType.BOOL, dtype, dtype, dtype) for dtype in SELECTED)),
        inputs_broadcast,
    ),
    lower=_lower_select,
)
"""SELECT_V2: the second input where the first is true, else the third; with broadcasting of all three."""


def shapes_are_equal(view: OpView) -> Finding | None:
    """condition, both values and output have the same shape"""
    for tensor in (view.input(1), view.input(2), view.output):
        finding = shape_finding(tensor, view.input(0).shape)
        if finding is not None:
            return finding
    return None


SELECT = Operator(
    name="SELECT",
    constraints=(
        has_tensors((3,)),
        *COMMON,
        types_are(*((DType.BOOL, dtype, dtype, dtype) for dtype in SELECTED)),
        shapes_are_equal,
    ),
    lower=_lower_select,
)
"""SELECT: SELECT_V2 without broadcasting, as the converter emits it.  TFLM does not have it, LiteRT is the golden."""


OPERATORS = (SELECT_V2, SELECT)
