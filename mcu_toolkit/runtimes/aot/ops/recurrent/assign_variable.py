"""ASSIGN_VARIABLE: a tensor to state."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.recurrent.variables import handle_is_of_this_graph, type_has_a_size, variable_has_one_type, variable_slot


def lower(view: OpView, _target: Target) -> Step:
    """A copy."""
    call = f"memcpy(${{state0}}, ${{in0}}, {view.input(1).size_bytes});"
    return Step(op=view.op, inputs=view.op.inputs[1:], outputs=(), call=call, state=(variable_slot(view),), kernel="copy to state")


OPERATOR = Operator(
    name="ASSIGN_VARIABLE",
    constraints=(has_tensors((2,), outputs=0), *COMMON, type_has_a_size, handle_is_of_this_graph, variable_has_one_type("input")),
    lower=lower,
)
