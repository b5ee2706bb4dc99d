"""CALL_ONCE: the first values of variables; they become part of resetting the state."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.constraints import has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.recurrent.variables import nothing_is_read_before, start_graph_only_assigns_constants


def lower(view: OpView, _target: Target) -> Step:
    """Nothing: the slots of the variables carry the values."""
    return Step(op=view.op, inputs=(), outputs=(), kernel="no code, see the reset of the state")


OPERATOR = Operator(
    name="CALL_ONCE",
    constraints=(has_tensors((0,), outputs=0), start_graph_only_assigns_constants, nothing_is_read_before),
    lower=lower,
)
