"""The arena plan for people: a table with a row for each piece of memory."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.compiler import CompiledModel
from mcu_toolkit.runtimes.aot.ir.c_text import c_tensor_name
from mcu_toolkit.runtimes.aot.memory.aliasing import Block

_NAME_WIDTH = 72


def plan_lines(compiled: CompiledModel) -> tuple[str, ...]:
    """The table in the order of time, its head first; names are safe in a C comment.  A block has a row for each size that it takes."""
    rows = [
        (f"{placed.offset_bytes:,}", f"{size_bytes:,}", _life(compiled, first, last), _what(compiled, placed.block))
        for placed in compiled.plan.placed
        for first, last, size_bytes in _periods(placed.block)
    ]
    return tuple(f"{offset:>9}  {size:>9}  {life:<13}  {what}".rstrip() for offset, size, life, what in [_HEAD, *rows])


_HEAD = ("offset", "bytes", "layers", "holds")


def _periods(block: Block) -> list[tuple[int, int, int]]:
    """(first step, last step, bytes) of each time in which the block keeps its size."""
    periods: list[tuple[int, int, int]] = []
    for step in range(block.first, block.last + 1):
        size_bytes = block.size_in(step)
        if periods and periods[-1][2] == size_bytes:
            periods[-1] = (periods[-1][0], step, size_bytes)
        else:
            periods.append((step, step, size_bytes))
    return periods


def _life(compiled: CompiledModel, first_step: int, last_step: int) -> str:
    """`2 - 5`: the layers during which memory is needed; inputs are there before the first and outputs after the last."""
    first = "start" if first_step < 0 else "end" if first_step >= len(compiled.steps) else str(compiled.steps[first_step].op.index)
    last = "start" if last_step < 0 else "end" if last_step >= len(compiled.steps) else str(compiled.steps[last_step].op.index)
    return first if first == last else f"{first} - {last}"


def _what(compiled: CompiledModel, block: Block) -> str:
    if block.scratch_of is not None:
        op = compiled.steps[block.scratch_of].op
        return f"scratch memory of layer {op.index}, {op.name}"
    tensors = compiled.model.main.tensors
    first, *rest = (c_tensor_name(tensors[index].name)[:_NAME_WIDTH] for index in block.tensors)
    return f"{first}; shared by {len(rest)} more tensors" if rest else first
