"""Choosing groups of layers that are done by rows, so that the arena fits into so many bytes at the least cost."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mcu_toolkit.model import Graph
from mcu_toolkit.runtimes.aot.cascade.bands import Bands
from mcu_toolkit.runtimes.aot.cascade.cost import estimated_overhead
from mcu_toolkit.runtimes.aot.cascade.group import Outline, RowGroup, plan_group, plan_outline
from mcu_toolkit.runtimes.aot.cascade.lifetimes import Lifetimes
from mcu_toolkit.runtimes.aot.cascade.step import group_step
from mcu_toolkit.runtimes.aot.ir.operator import OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.memory.planner import ALIGNMENT_BYTES
from mcu_toolkit.runtimes.aot.passes.fuse import Planned, find_pairs, plan_merged
from mcu_toolkit.runtimes.aot.passes.kernel_choice import Choice

_ROWS = (1, 2, 3, 4, 6, 8)
"""Rows of a group's output a turn."""
_ATTEMPTS = 12
"""With ever smaller limits, where the plan has gaps that the estimate does not know."""


@dataclass
class _Segment:
    """Layers `first` .. `last`: one alone, a convolution and its addition, or a group by rows."""

    first: int
    last: int
    least_bytes: int
    """In memory while it runs; groups may need more for their kernels."""
    overhead: float
    outline: Outline | None = None
    group: RowGroup | None = None


class RowSearch:
    """All ways to part a model into single layers and groups."""

    def __init__(self, graph: Graph, views: Sequence[OpView], target: Target, choice: Choice, ceiling_bytes: int) -> None:
        """Groups that need more than `ceiling_bytes` are not looked at."""
        self._graph = graph
        self._views = tuple(views)
        self._steps = tuple(choice.lower(view, target) for view in views)
        self._target = target
        self._ceiling_bytes = ceiling_bytes
        self._bands = Bands(views, target, choice)
        self._lifetimes = Lifetimes(graph, self._steps)
        self._ending_at = [sorted(segments, key=lambda segment: segment.overhead) for segments in self._segments()]

    def fitting(self, limit_bytes: int) -> Planned | None:
        """Steps and plan of at most `limit_bytes`, at the least cost; None where there is no such plan."""
        if not self._steps:  # outputs that are inputs or constants: nothing can be done in another way
            return None
        for leading in (False, True):
            aim = limit_bytes
            for _ in range(_ATTEMPTS):
                chosen = self._choose(aim, leading=leading)
                if chosen is None:
                    break
                steps, plan = self._planned(chosen, leading=leading)
                if plan.peak_bytes <= limit_bytes:
                    return steps, plan
                needed_bytes = max(self._needed_bytes(segment, leading=leading) for segment in chosen)
                aim = min(aim, needed_bytes) - max(1, (plan.peak_bytes - limit_bytes) // 2)
        return None

    def smallest(self) -> Planned | None:
        """Steps and plan of the smallest arena that is found; None where none is below the ceiling."""
        found = [plan for leading in (False, True) for plan in self._smallest(leading=leading)]
        return min(found, key=lambda one: one[1].peak_bytes, default=None)

    def _smallest(self, *, leading: bool) -> Iterator[Planned]:
        if self._choose(self._ceiling_bytes, leading=leading) is None:
            return
        low, high = 0, -(-self._ceiling_bytes // ALIGNMENT_BYTES)
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self._choose(middle * ALIGNMENT_BYTES, leading=leading) is not None else (middle + 1, high)
        chosen = self._choose(low * ALIGNMENT_BYTES, leading=leading)
        assert chosen is not None
        yield self._planned(chosen, leading=leading)

    def _choose(self, limit_bytes: int, *, leading: bool) -> list[_Segment] | None:
        """The cheapest sequence of segments, each within the limit."""
        best: list[tuple[float, _Segment | None] | None] = [(0.0, None)]
        for segments in self._ending_at:
            found: tuple[float, _Segment | None] | None = None
            for segment in segments:
                before = best[segment.first]
                if before is None or (found is not None and before[0] + segment.overhead >= found[0]):
                    continue
                if segment.least_bytes <= limit_bytes and self._needed_bytes(segment, leading=leading) <= limit_bytes:
                    found = before[0] + segment.overhead, segment
            best.append(found)
        chosen: list[_Segment] = []
        end = best[-1]
        while end is not None and end[1] is not None:
            chosen.append(end[1])
            end = best[end[1].first]
        return None if end is None else chosen[::-1]

    def _needed_bytes(self, segment: _Segment, *, leading: bool) -> int:
        """Groups are lowered here, when they are about to be chosen: most never are."""
        if segment.outline is None:
            return segment.least_bytes
        if segment.group is None:
            segment.group = plan_group(self._graph, self._bands, segment.outline)
            if segment.group is None:
                segment.least_bytes = sys.maxsize
                return sys.maxsize
        return self._lifetimes.group_bytes(segment.group, self._views[segment.last].op.outputs[0], leading=leading)

    def _planned(self, chosen: Sequence[_Segment], *, leading: bool) -> Planned:
        steps: list[Step] = []
        views: list[OpView] = []
        for segment in chosen:
            if segment.group is not None:
                steps.append(group_step(self._graph, self._bands, segment.group, leading=leading))
                views.append(self._views[segment.last])
            else:
                steps += self._steps[segment.first : segment.last + 1]
                views += self._views[segment.first : segment.last + 1]
        return plan_merged(self._graph, views, steps, self._target)

    def _segments(self) -> list[list[_Segment]]:
        """By the number of their last layer."""
        found = [[_Segment(number, number, self._lifetimes.step_bytes(number, step), 0.0)] for number, step in enumerate(self._steps)]
        for pair in find_pairs(self._graph, self._views, self._steps, self._target):
            if pair.addition == pair.convolution + 1:
                needed_bytes = self._lifetimes.pair_bytes(pair.convolution, pair.step)
                found[pair.addition].append(_Segment(pair.convolution, pair.addition, needed_bytes, 0.0))
        for last in range(len(found)):
            for first in range(last, -1, -1):
                if self._bands.windows[first] is None:
                    break
                found[last] += self._groups(first, last)
        return found

    def _groups(self, first: int, last: int) -> Iterator[_Segment]:
        output = self._views[last].op.outputs[0]
        height = self._graph.tensors[output].shape[1]
        for rows, copied in itertools.product((1, *(rows for rows in _ROWS if 1 < rows < height)), (False, True)):
            outline = plan_outline(self._graph, self._bands, first, last, rows, copied=copied)
            if outline is None:
                break
            needed_bytes = self._lifetimes.outline_bytes(outline, output)
            if needed_bytes <= self._ceiling_bytes:
                overhead = estimated_overhead(self._graph, self._views, self._steps, outline, self._target)
                yield _Segment(first, last, needed_bytes, overhead, outline)
