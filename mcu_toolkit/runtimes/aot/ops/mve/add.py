"""ADD of two int8 tensors of one shape, on cores with Helium."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.dsp.addition import addition_step
from mcu_toolkit.runtimes.aot.operator import Operator, OpView, Step
from mcu_toolkit.runtimes.aot.target import Target


def lower(view: OpView, _target: Target) -> Step | None:
    """16 elements at a time."""
    return addition_step(view, "mve", ("mve/accesses.h", "mve/add.h", "mve/instructions.h"))


OPERATOR = Operator(name="ADD", constraints=(), lower=lower, instruction_set="mve")
