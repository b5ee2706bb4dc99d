"""SELECT_V2: the second input where the first is true, else the third; with broadcasting of all three."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import inputs_broadcast, types_are
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element, elementwise_step

SELECTED = (DType.INT8, DType.INT16, DType.FLOAT32, DType.INT32, DType.INT64, DType.BOOL)
"""The last three are not in TFLM, but in what the converter makes of embeddings; LiteRT is the golden there."""


def lower(view: OpView, _target: Target) -> Step:
    """The stored values, as they are: quantizations are not looked at, neither here nor in TFLM."""
    return elementwise_step(view, Element(f"select_{view.output.dtype.name.lower()}", "{a} ? {b} : {c}"))


OPERATOR = Operator(
    name="SELECT_V2",
    constraints=(
        has_tensors((3,)),
        *COMMON,
        types_are(*((DType.BOOL, dtype, dtype, dtype) for dtype in SELECTED)),
        inputs_broadcast,
    ),
    lower=lower,
)
