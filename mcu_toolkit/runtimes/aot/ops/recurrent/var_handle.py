"""VAR_HANDLE: names a variable; nothing to do while the model runs."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constraints import has_tensors, output_is
from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target


def lower(view: OpView, _target: Target) -> Step:
    """No memory: operators find the variable through its name."""
    return Step(op=view.op, inputs=(), outputs=(), kernel="no code")


OPERATOR = Operator(name="VAR_HANDLE", constraints=(has_tensors((0,)), output_is(DType.RESOURCE)), lower=lower)
