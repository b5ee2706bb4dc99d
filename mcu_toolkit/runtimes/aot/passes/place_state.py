"""The pass that places what lives from one inference to the next, outside of the arena."""

from __future__ import annotations

from dataclasses import replace

from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.memory.state import plan_state
from mcu_toolkit.runtimes.aot.passes.program import Program


def place_state(program: Program, _target: Target) -> Program:
    """The slots of all operators; those of one key are one."""
    return replace(program, state=plan_state(program.model.main, program.operators))
