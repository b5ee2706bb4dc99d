"""MEAN over any dimensions."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.reduction.summing import lower_sum, sum_constraints


def lower(view: OpView, _target: Target) -> Step:
    """One function for int8 and int16, another for float32."""
    return lower_sum(view, mean=True)


OPERATOR = Operator(name="MEAN", constraints=sum_constraints(mean=True), lower=lower)
