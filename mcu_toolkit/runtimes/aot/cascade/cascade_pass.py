"""The pass that makes the arena smaller than any order of whole layers can: some are done together row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.passes.fit_to_budget import default_limit_bytes
from mcu_toolkit.runtimes.aot.passes.program import Program

if TYPE_CHECKING:
    from mcu_toolkit.runtimes.aot.cascade.search import CascadeSearch


def cascade(program: Program, target: Target) -> Program:
    """Cascades until the arena has at most as many bytes as the target allows; where that is 0, of as few as can be.

    Raises UnsupportedModelError where there is none so small, with the size of the smallest one; a target that names no limit is
    content with what there is.  Raises InputError where a kernel variant that is chosen cannot be done.
    """
    if not target.merge:
        return program
    found = _within_limit(program, target)
    found.choice.check(found.operators, found.model.name)
    return found


def _within_limit(program: Program, target: Target) -> Program:
    limit_bytes = default_limit_bytes(program.model.main, target) if target.max_arena_bytes is None else target.max_arena_bytes
    if limit_bytes is None or program.peak_bytes <= limit_bytes:
        return program
    fitting = _search(program, target, limit_bytes).fitting(limit_bytes) if limit_bytes else None
    if fitting is not None:
        return program.running(*fitting)
    if target.max_arena_bytes is None:
        return program
    smallest = _search(program, target, program.peak_bytes).smallest()
    if smallest is not None and smallest[1].peak_bytes < program.peak_bytes:
        program = program.running(*smallest)
    if limit_bytes and program.peak_bytes > limit_bytes:
        raise UnsupportedModelError(
            f"its tensors do not fit into an arena of {limit_bytes:,} bytes, even with layers done row by row",
            on=program.model.name,
            expected=f"--max-arena of at least {program.peak_bytes}",
        )
    return program


def _search(program: Program, target: Target, ceiling_bytes: int) -> CascadeSearch:
    from mcu_toolkit.runtimes.aot.cascade.search import CascadeSearch  # noqa: PLC0415 - most models fit without

    return CascadeSearch(program.graph, program.views, target, program.choice, ceiling_bytes)
