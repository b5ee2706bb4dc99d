"""REDUCE_MAX: the largest element over any dimensions."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.reduction.reduced_extremes import CONSTRAINTS, extreme_step


def lower(view: OpView, _target: Target) -> Step:
    """Values are compared as they are stored."""
    return extreme_step(view, "reduce_max")


OPERATOR = Operator(name="REDUCE_MAX", constraints=CONSTRAINTS, lower=lower)
