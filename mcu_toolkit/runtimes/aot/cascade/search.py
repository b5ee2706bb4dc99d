"""Choosing cascades, so that the arena fits into so many bytes at the least cost."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mcu_toolkit.model import Graph
from mcu_toolkit.runtimes.aot.cascade.bands import Bands
from mcu_toolkit.runtimes.aot.cascade.cascade import Cascade, plan_cascade, plan_outline
from mcu_toolkit.runtimes.aot.cascade.estimates import Lifetimes
from mcu_toolkit.runtimes.aot.cascade.extents import Candidate, Extents, Layers, closed_beginnings
from mcu_toolkit.runtimes.aot.cascade.lowering import lower_cascade
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.memory.planner import ALIGNMENT_BYTES
from mcu_toolkit.runtimes.aot.passes.fuse import Planned, find_pairs, plan_merged
from mcu_toolkit.runtimes.aot.passes.kernel_choice import Choice

_ROWS = (1, 2, 3, 4, 6, 8)
"""Rows of a cascade's output a turn."""
_ATTEMPTS = 12
"""With ever smaller limits, where the plan has gaps that the estimate does not know."""
_SHORT = 6
"""Layers of the cascades that are looked at first, for a bound on the smallest arena."""


@dataclass
class _Segment:
    """Layers `first` .. `last`: one alone, a convolution and its addition, or a cascade."""

    first: int
    last: int
    least_bytes: int
    """In memory while it runs; cascades may need more for their kernels."""
    overhead: float
    candidate: Candidate | None = None
    cascade: Cascade | None = None


_Segments = list[list[_Segment]]
"""By the number of their last layer, the cheapest first."""


class CascadeSearch:
    """All ways to part a model into single layers and cascades."""

    def __init__(self, graph: Graph, views: Sequence[OpView], target: Target, choice: Choice, ceiling_bytes: int) -> None:
        """Cascades that need more than `ceiling_bytes` are not looked at."""
        self._graph = graph
        self._views = tuple(views)
        self._steps = tuple(choice.lower(view, target) for view in views)
        self._target = target
        self._ceiling_bytes = ceiling_bytes
        self._bands = Bands(views, target, choice)
        self._layers = Layers.of(graph, self._views, self._bands.windows, self._steps, target)
        self._lifetimes = Lifetimes(graph, self._steps)
        self._pairs = find_pairs(graph, self._views, self._steps, target)
        self._cascades: dict[tuple[int, int, int, bool], Cascade | None] = {}

    def fitting(self, limit_bytes: int) -> Planned | None:
        """Steps and plan of at most `limit_bytes`, at the least cost; None where there is no such plan."""
        if not self._steps:  # outputs that are inputs or constants: nothing can be done in another way
            return None
        segments = self._segments(self._ceiling_bytes)
        for leading in (False, True):
            aim = limit_bytes
            for _ in range(_ATTEMPTS):
                chosen = self._choose(segments, aim, leading=leading)
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
        # What short cascades reach bounds the smallest arena from above; no cascade that needs more than that can be part of it.
        short = self._segments(self._ceiling_bytes, _SHORT)
        bounds = [self._least_limit(short, self._ceiling_bytes, leading=leading) for leading in (False, True)]
        ceiling_bytes = max(self._ceiling_bytes if bound is None else bound for bound in bounds)
        segments = self._segments(ceiling_bytes)
        found: list[Planned] = []
        for leading in (False, True):
            limit_bytes = self._least_limit(segments, ceiling_bytes, leading=leading)
            chosen = None if limit_bytes is None else self._choose(segments, limit_bytes, leading=leading)
            found += [] if chosen is None else [self._planned(chosen, leading=leading)]
        return min(found, key=lambda one: one[1].peak_bytes, default=None)

    def _least_limit(self, segments: _Segments, ceiling_bytes: int, *, leading: bool) -> int | None:
        """The smallest limit, a multiple of the alignment, for which there is a choice; None where there is none at the ceiling."""
        if self._choose(segments, ceiling_bytes, leading=leading) is None:
            return None
        low, high = 0, -(-ceiling_bytes // ALIGNMENT_BYTES)
        while low < high:
            middle = (low + high) // 2
            fits = self._choose(segments, middle * ALIGNMENT_BYTES, leading=leading) is not None
            low, high = (low, middle) if fits else (middle + 1, high)
        return low * ALIGNMENT_BYTES

    def _choose(self, ending_at: _Segments, limit_bytes: int, *, leading: bool) -> list[_Segment] | None:
        """The cheapest sequence of segments, each within the limit."""
        best: list[tuple[float, _Segment | None] | None] = [(0.0, None)]
        for segments in ending_at:
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
        """Cascades are lowered here, when they are about to be chosen: most never are."""
        if segment.candidate is None:
            return segment.least_bytes
        if segment.cascade is None:
            segment.cascade = self._cascade(segment.candidate)
            if segment.cascade is None:
                segment.least_bytes = sys.maxsize
                return sys.maxsize
        return self._lifetimes.cascade_bytes(segment.cascade, self._views[segment.last].op.outputs[0], leading=leading)

    def _planned(self, chosen: Sequence[_Segment], *, leading: bool) -> Planned:
        steps: list[LoweredOperator] = []
        views: list[OpView] = []
        for segment in chosen:
            if segment.cascade is not None:
                steps.append(lower_cascade(self._graph, self._bands, segment.cascade, leading=leading))
                views.append(self._views[segment.last])
            else:
                steps += self._steps[segment.first : segment.last + 1]
                views += self._views[segment.first : segment.last + 1]
        return plan_merged(self._graph, views, steps, self._target)

    def _cascade(self, one: Candidate) -> Cascade | None:
        key = (one.first, one.last, one.rows, one.copied)
        if key not in self._cascades:
            outline = plan_outline(self._graph, self._bands, *key[:3], copied=one.copied)
            assert outline is not None, "a candidate has a schedule"
            self._cascades[key] = plan_cascade(self._graph, self._bands, outline)
        return self._cascades[key]

    def _segments(self, ceiling_bytes: int, longest: int = sys.maxsize) -> _Segments:
        """Those that need no more than so many bytes at the least; cascades of at most `longest` layers."""
        found = [[_Segment(number, number, self._lifetimes.step_bytes(number, step), 0.0)] for number, step in enumerate(self._steps)]
        for pair in self._pairs:
            if pair.addition == pair.convolution + 1:
                needed_bytes = self._lifetimes.pair_bytes(pair.convolution, pair.step)
                found[pair.addition].append(_Segment(pair.convolution, pair.addition, needed_bytes, 0.0))
        for last in range(len(found)):
            for one in self._candidates(last, ceiling_bytes, longest):
                needed_bytes = self._lifetimes.extent_bytes(one, self._views[last].op.outputs[0])
                if needed_bytes <= ceiling_bytes:
                    found[last].append(_Segment(one.first, last, needed_bytes, one.overhead, one))
        return [sorted(segments, key=lambda segment: segment.overhead) for segments in found]

    def _candidates(self, last: int, ceiling_bytes: int, longest: int) -> Iterator[Candidate]:
        """Cascades that end with a layer; some may need more than the ceiling."""
        growing: list[Extents] = []
        for first in itertools.islice(closed_beginnings(self._layers, last), longest):
            if first == last:
                height = self._graph.tensors[self._views[last].op.outputs[0]].shape[1]
                ways = itertools.product((1, *(rows for rows in _ROWS if 1 < rows < height)), (False, True))
                growing = [Extents(self._layers, last, rows, copied=copied) for rows, copied in ways]
            # Where one way fails, those behind it are left out, too, and are in every longer cascade.
            growing = list(itertools.takewhile(Extents.grow, growing))
            if all(extents.kept_bytes > ceiling_bytes for extents in growing):
                return
            yield from (extents.candidate() for extents in growing if extents.kept_bytes <= ceiling_bytes)
