"""MAXIMUM and MINIMUM of two tensors, with broadcasting: the stored values, as they are, as in TFLM."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import all_are, inputs_broadcast
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element, elementwise_step


def extreme_operator(name: str, comparison: str) -> Operator:
    """The operator that takes the first input where C's `comparison` of it with the second is true."""

    def lower(view: OpView, _target: Target) -> Step:
        kernel = f"{name.lower()}_{view.output.dtype.name.lower()}"
        return elementwise_step(view, Element(kernel, f"{{a}} {comparison} {{b}} ? {{a}} : {{b}}"))

    types = all_are(DType.INT8, DType.INT16, DType.INT32, DType.INT64, DType.FLOAT32)
    return Operator(name=name, constraints=(has_tensors((2,)), *COMMON, types, inputs_broadcast), lower=lower)
