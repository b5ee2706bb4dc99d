"""ARG_MAX: where the largest element along an axis is, the first one of equals."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.reduction.arg_extremes import CONSTRAINTS, arg_step


def lower(view: OpView, _target: Target) -> Step:
    """Values are compared as they are stored."""
    return arg_step(view, "arg_max")


OPERATOR = Operator(name="ARG_MAX", constraints=CONSTRAINTS, lower=lower)
