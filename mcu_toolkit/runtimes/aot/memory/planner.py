"""The arena: which tensors live when, which share memory, and where each one lies.

Time is counted in steps: -1 is before the first operator (inputs are written), N is after the last (outputs are read).
A *block* is memory for one or more tensors that hold it one after the other, at the same address: a RESHAPE and its input, an
operator's output that takes over its input's memory (or begins some bytes before it, where it grows into it while the input is
read: `Step.leads`).  It is as large as what it holds at the time, so its end may move from step to step.  Scratch memory is a
block that lives for one step.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mcu_toolkit.model import Graph
from mcu_toolkit.runtimes.aot.ir.operator import Step
from mcu_toolkit.runtimes.aot.memory.state import is_state

ALIGNMENT_BYTES = 16
"""TFLM's alignment; enough for any vector instruction of a microcontroller."""


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


@dataclass(frozen=True)
class Placed:
    """A block and its offset in the arena."""

    block: Block
    offset_bytes: int


@dataclass(frozen=True)
class ArenaPlan:
    """Where everything lies."""

    placed: tuple[Placed, ...]
    peak_bytes: int
    lower_bound_bytes: int
    """The most that is needed at one time; no plan of these blocks can be smaller."""
    order: str
    """The order that gave the best plan."""

    def tensor_offset(self, tensor: int) -> int:
        """Offset of a tensor; raises KeyError for one that has no memory in the arena (a constant)."""
        for placed in self.placed:
            if tensor in placed.block.tensors:
                shifts = placed.block.shifts_bytes
                return placed.offset_bytes + (shifts[placed.block.tensors.index(tensor)] if shifts else 0)
        raise KeyError(tensor)

    def bytes_in(self, step: int) -> int:
        """What the blocks that are needed in a step take together."""
        return sum(placed.block.size_in(step) for placed in self.placed if placed.block.first <= step <= placed.block.last)

    def scratch_offset(self, step: int) -> int:
        """Offset of a step's scratch memory; raises KeyError where it has none."""
        for placed in self.placed:
            if placed.block.scratch_of == step:
                return placed.offset_bytes
        raise KeyError(step)


def plan_arena(graph: Graph, steps: Sequence[Step]) -> ArenaPlan:
    """The best plan of a few greedy ones."""
    leading = (False, True) if any(step.leads for step in steps) else (False,)
    choices = itertools.product(leading, (False, True))
    plans = [place(find_blocks(graph, steps, growing=growing, leading=leads)) for leads, growing in choices]
    return min(plans, key=lambda plan: plan.peak_bytes)


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


def find_blocks(graph: Graph, steps: Sequence[Step], *, growing: bool = False, leading: bool = False) -> tuple[Block, ...]:
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


def _last_uses(graph: Graph, steps: Sequence[Step]) -> dict[int, int]:
    last = {tensor: index for index, step in enumerate(steps) for tensor in step.inputs if tensor >= 0}
    last.update(dict.fromkeys(graph.outputs, len(steps)))
    return last


def _memory_to_take(graph: Graph, step: Step, index: int, output: int, block_of: dict[int, _Growing], *, growing: bool) -> _Growing | None:
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


def _memory_before(step: Step, index: int, block_of: dict[int, _Growing]) -> tuple[_Growing, int] | None:
    """The block of an input before which the output may begin, and by how much, if any."""
    for position, lead_bytes in step.leads:
        block = block_of.get(step.inputs[position])
        if block is not None and block.last <= index:
            return block, lead_bytes  # the input begins where the block does: whatever lies behind that is dead
    return None


_ORDERS: tuple[tuple[str, Callable[[Block], tuple[int, ...]]], ...] = (
    ("largest first", lambda b: (-b.size_bytes, b.first)),
    ("longest-lived first", lambda b: (b.first - b.last, -b.size_bytes, b.first)),
    ("largest size times life first", lambda b: (-b.size_bytes * (b.last - b.first + 1), b.first)),
    ("first needed first", lambda b: (b.first, -b.size_bytes)),
    ("last needed first", lambda b: (-b.last, -b.size_bytes)),
)


def place(blocks: Sequence[Block]) -> ArenaPlan:
    """Try the orders, each block at the lowest offset that is free for all its life; the smallest peak wins, then the first order."""
    bound = lower_bound_bytes(blocks)
    best: ArenaPlan | None = None
    for name, key in _ORDERS:
        placed = _place_in_order(sorted(blocks, key=key))
        peak = max((p.offset_bytes + p.block.size_bytes for p in placed), default=0)
        if best is None or peak < best.peak_bytes:
            best = ArenaPlan(tuple(sorted(placed, key=lambda p: (p.block.first, p.offset_bytes))), peak, bound, name)
        if best.peak_bytes == bound:
            break
    assert best is not None
    return best


def _place_in_order(blocks: Sequence[Block]) -> list[Placed]:
    placed: list[Placed] = []
    for block in blocks:
        # (first byte, end, what this block needs beside it) of each neighbour in time
        taken = [
            (p.offset_bytes, p.offset_bytes + p.block.size_beside(block), block.size_beside(p.block))
            for p in placed
            if p.block.meets(block)
        ]
        offsets = sorted({0, *(_aligned(end) for _, end, _ in taken)})
        free = (o for o in offsets if all(o >= end or o + needed <= first for first, end, needed in taken))
        placed.append(Placed(block, next(free)))
    return placed


def lower_bound_bytes(blocks: Sequence[Block]) -> int:
    """The largest sum of the sizes of blocks that are needed at the same time, each but the largest offset aligned."""
    best = 0
    for step in {step for block in blocks for step in range(block.first, block.last + 1)}:
        sizes = [block.size_in(step) for block in blocks if block.first <= step <= block.last]
        # One block may end unaligned: the arena's last one.  Leaving out the largest slack keeps this a bound.
        slack = max((_aligned(size) - size for size in sizes), default=0)
        best = max(best, sum(_aligned(size) for size in sizes) - slack)
    return best


def _aligned(size_bytes: int) -> int:
    return -(-size_bytes // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
