"""The pass that lowers every operator, by the kernel variant that is chosen for it or else by its default one."""

from __future__ import annotations

from dataclasses import replace

from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.passes.program import Program


def lower(program: Program, target: Target) -> Program:
    """Operators to calls of kernels; `fuse` plans their memory."""
    return replace(program, lowered=tuple(program.choice.lower(view, target) for view in program.views))
