"""LOGICAL_AND, LOGICAL_OR, LOGICAL_NOT: bool, with broadcasting."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import all_are, inputs_broadcast
from mcu_toolkit.runtimes.aot.ops.elementwise.element import Element, elementwise_step


def logical_operator(name: str, inputs: int, expression: str) -> Operator:
    """An operator of `inputs` tensors of bool; `expression` is C over `{a}` and `{b}`."""

    def lower(view: OpView, _target: Target) -> Step:
        return elementwise_step(view, Element(name.lower(), expression))

    return Operator(name=name, constraints=(has_tensors((inputs,)), *COMMON, all_are(DType.BOOL), inputs_broadcast), lower=lower)
