"""Which tensors of the arena live when, and which share memory.

Time is counted in steps: -1 is before the first operator (inputs are written), N is after the last (outputs are read).
A *block* is memory for one or more tensors that hold it one after the other, at the same address: a RESHAPE and its input, an
operator's output that takes over its input's memory (or begins some bytes before it, where it grows into it while the input is
read: `LoweredOperator.leads`).  It is as large as what it holds at the time, so its end may move from step to step.  Scratch memory is a
block that lives for one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_toolkit.model import Graph
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.memory.state import is_state


@dataclass(frozen=True)
class Block:
    """Memory for `tensors` (or for the scratch of step `scratch_of`), needed in steps `first` .. `last`."""

    size_bytes: int
    """At its largest."""
    first: int
    last: int
    tensors: tuple[int, ...] = ()
    scratch_of: int | None = None
    sizes_bytes: tuple[int, ...] = ()
    """In each of the steps `first` .. `last`; empty where it is always the same."""
    shifts_bytes: tuple[int, ...] = ()
    """Where in the block each of `tensors` begins; empty: all at its start."""

    def meets(self, other: Block) -> bool:
        """True where both are needed in some step."""
        return self.first <= other.last and other.first <= self.last

    def size_beside(self, other: Block) -> int:
        """The most that is needed while `other` is needed too; only for blocks that meet."""
        if not self.sizes_bytes:
            return self.size_bytes
        return max(self.sizes_bytes[max(self.first, other.first) - self.first : min(self.last, other.last) - self.first + 1])

    def size_in(self, step: int) -> int:
        """What is needed in `step`, which is one of `first` .. `last`."""
        return self.sizes_bytes[step - self.first] if self.sizes_bytes else self.size_bytes


@dataclass
class _Growing:
    """A block under construction."""

    first: int
    last: int
    tensors: list[int]
    spans: list[tuple[int, int, int]]
    """(first step, last step, bytes) of each tensor."""
    shifts_bytes: list[int]
    """Where each of them begins."""

    def add(self, tensor: int, first: int, last: int, size_bytes: int, lead_bytes: int = 0) -> None:
        """`lead_bytes`: how far the tensor begins before those that are there."""
        self.tensors.append(tensor)
        self.last = max(self.last, last)
        self.spans.append((first, last, size_bytes))
        self.shifts_bytes = [*(shift + lead_bytes for shift in self.shifts_bytes), 0]

    def finish(self) -> Block:
        # A view may outlive what was written over it in between: only what is read later counts, and that is in some span.
        ends = [(first, last, shift + size) for (first, last, size), shift in zip(self.spans, self.shifts_bytes, strict=True)]
        sizes = [max((end for first, last, end in ends if first <= at <= last), default=0) for at in range(self.first, self.last + 1)]
        largest = max(end for _, _, end in ends)
        shifts = tuple(self.shifts_bytes) if any(self.shifts_bytes) else ()
        return Block(largest, self.first, self.last, tuple(self.tensors), None, tuple(sizes) if min(sizes) < largest else (), shifts)


def find_blocks(graph: Graph, steps: Sequence[LoweredOperator], *, growing: bool = False, leading: bool = False) -> tuple[Block, ...]:
    """Blocks in the order of their first tensors.  `growing`: outputs that are larger than an input may take over its memory, where
    the kernel allows that; `leading`: outputs may begin before an input."""
    last_use = _last_uses(graph, steps)
    block_of: dict[int, _Growing] = {}
    blocks: list[_Growing] = []

    def add(block: _Growing, tensor: int, at: int, lead_bytes: int = 0) -> None:
        block.add(tensor, at, max(at, last_use.get(tensor, at)), graph.tensors[tensor].size_bytes, lead_bytes)
        block_of[tensor] = block

    def start(tensor: int, at: int) -> None:
        blocks.append(_Growing(at, at, [], [], []))
        add(blocks[-1], tensor, at)

    for tensor in dict.fromkeys(graph.inputs):
        start(tensor, -1)
    for index, step in enumerate(steps):
        for position, tensor in enumerate(step.outputs):
            if is_state(graph.tensors[tensor]):
                continue  # not in the arena
            shared = _memory_to_take(graph, step, index, tensor, block_of, growing=growing) if position == 0 else None
            led = _memory_before(step, index, block_of) if shared is None and leading and position == 0 else None
            if shared is not None:
                add(shared, tensor, index)
            elif led is not None:
                add(led[0], tensor, index, led[1])
            else:
                start(tensor, index)
    scratch = [Block(step.scratch_bytes, i, i, scratch_of=i) for i, step in enumerate(steps) if step.scratch_bytes]
    return (*(block.finish() for block in blocks), *scratch)


def _last_uses(graph: Graph, steps: Sequence[LoweredOperator]) -> dict[int, int]:
    last = {tensor: index for index, step in enumerate(steps) for tensor in step.inputs if tensor >= 0}
    last.update(dict.fromkeys(graph.outputs, len(steps)))
    return last


def _memory_to_take(
    graph: Graph, step: LoweredOperator, index: int, output: int, block_of: dict[int, _Growing], *, growing: bool
) -> _Growing | None:
    """The block of an input that `output` shares, if any."""
    positions = (0,) if step.must_alias else step.in_place
    for position in positions:
        block = block_of.get(step.inputs[position])
        if block is None:  # a constant
            continue
        if step.must_alias:
            return block
        # Nothing that lies in this block may be read after this step.
        fits = graph.tensors[output].size_bytes <= graph.tensors[step.inputs[position]].size_bytes
        if block.last <= index and (fits or (growing and step.may_grow)):
            return block
    return None


def _memory_before(step: LoweredOperator, index: int, block_of: dict[int, _Growing]) -> tuple[_Growing, int] | None:
    """The block of an input before which the output may begin, and by how much, if any."""
    for position, lead_bytes in step.leads:
        block = block_of.get(step.inputs[position])
        if block is not None and block.last <= index:
            return block, lead_bytes  # the input begins where the block does: whatever lies behind that is dead
    return None
