"""The arena: where each block (aliasing.py) lies."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mcu_toolkit.model import Graph
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.memory.aliasing import Block, find_blocks

ALIGNMENT_BYTES = 16
"""TFLM's alignment; enough for any vector instruction of a microcontroller."""


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


def plan_arena(graph: Graph, steps: Sequence[LoweredOperator]) -> ArenaPlan:
    """The best plan of a few greedy ones."""
    leading = (False, True) if any(step.leads for step in steps) else (False,)
    choices = itertools.product(leading, (False, True))
    plans = [place(find_blocks(graph, steps, growing=growing, leading=leads)) for leads, growing in choices]
    return min(plans, key=lambda plan: plan.peak_bytes)


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
