"""ADD of two int8 tensors of one shape, on cores with the DSP extension."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.elementwise.addition_dsp import addition_step


def lower(view: OpView, _target: Target) -> Step | None:
    """4 elements at a time."""
    return addition_step(view, "dsp", ("dsp/add.h", "dsp/instructions.h"))


OPERATOR = Operator(name="ADD", constraints=(), lower=lower, instruction_set="dsp")
