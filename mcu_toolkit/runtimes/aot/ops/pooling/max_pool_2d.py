"""MAX_POOL_2D of int8, int16 and float32."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.pooling.pooling import CONSTRAINTS, pooling_step


def lower(view: OpView, _target: Target) -> Step:
    """One function for all windows: pooling is a small part of any model."""
    return pooling_step(view, "max_pool_2d")


OPERATOR = Operator(name="MAX_POOL_2D", constraints=CONSTRAINTS, lower=lower)
