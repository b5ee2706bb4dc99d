"""READ_VARIABLE: state to a tensor."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.recurrent.variables import handle_is_of_this_graph, type_has_a_size, variable_has_one_type, variable_slot


def lower(view: OpView, _target: Target) -> Step:
    """A copy: the variable may be assigned before the last use of what was read."""
    call = f"memcpy(${{out0}}, ${{state0}}, {view.output.size_bytes});"
    return Step(op=view.op, inputs=(), outputs=view.op.outputs, call=call, state=(variable_slot(view),), kernel="copy from state")


OPERATOR = Operator(
    name="READ_VARIABLE",
    constraints=(has_tensors((1,)), *COMMON, type_has_a_size, handle_is_of_this_graph, variable_has_one_type("output")),
    lower=lower,
)
