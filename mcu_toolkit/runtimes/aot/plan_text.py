"""The arena plan for people: a table with a row for each piece of memory."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.c_text import c_tensor_name
from mcu_toolkit.runtimes.aot.compiler import CompiledModel
from mcu_toolkit.runtimes.aot.planner import Block

_NAME_WIDTH = 72


def plan_lines(compiled: CompiledModel) -> tuple[str, ...]:
    """The table in the order of time, its head first; names are safe in a C comment."""
    rows = [
        (f"{p.offset_bytes:,}", f"{p.block.size_bytes:,}", _life(compiled, p.block), _what(compiled, p.block)) for p in compiled.plan.placed
    ]
    return tuple(f"{offset:>9}  {size:>9}  {life:<13}  {what}".rstrip() for offset, size, life, what in [_HEAD, *rows])


_HEAD = ("offset", "bytes", "layers", "holds")


def _life(compiled: CompiledModel, block: Block) -> str:
    """`2 - 5`: the layers during which the block is needed; inputs are there before the first and outputs after the last."""
    first = "start" if block.first < 0 else str(compiled.steps[block.first].op.index)
    last = "end" if block.last >= len(compiled.steps) else str(compiled.steps[block.last].op.index)
    return first if first == last else f"{first} - {last}"


def _what(compiled: CompiledModel, block: Block) -> str:
    if block.scratch_of is not None:
        op = compiled.steps[block.scratch_of].op
        return f"scratch memory of layer {op.index}, {op.name}"
    tensors = compiled.model.main.tensors
    first, *rest = (c_tensor_name(tensors[index].name)[:_NAME_WIDTH] for index in block.tensors)
    return f"{first}; in its place: {len(rest)} more" if rest else first
