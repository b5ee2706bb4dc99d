"""When each row of a cascade is made.

A cascade runs in turns.  In each turn every layer makes `step` more rows of its output, as many as the layers behind it read in a
turn: none is made twice.  A layer is so many rows early that they are there when they are read.

Rows count from the image's first one.  Between the layers those before it and after its end are there too, as rows of zero
points: to a layer, which sees a band of rows at a time, there is no border above or below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mcu_toolkit.runtimes.aot.cascade.windows import RowWindow, row_inputs
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView


@dataclass(frozen=True)
class Flow:
    """A tensor in bands of rows: turn k makes rows start + k * step .. + step - 1."""

    height: int
    step: int
    start: int
    capacity: int
    """Rows that are kept: from the first that is still read to the last that was made; 0: the tensor is in memory as a whole."""

    def rows(self, turn: int) -> range:
        """The image's rows among those of a turn."""
        first = self.start + turn * self.step
        return range(max(first, 0), max(0, min(first + self.step, self.height)))


@dataclass(frozen=True)
class Schedule:
    """A cascade."""

    turns: int
    before: int
    """Turns before the one that makes the output's first rows."""
    rows: int
    """Of the cascade's output, a turn."""
    flows: dict[int, Flow]
    """By tensor: the layers' outputs, and inputs of the cascade that are copied row by row."""
    offsets: dict[tuple[int, int], int]
    """By (index of the operator, tensor): rows that are kept before the first one that the operator reads; not for `direct`."""
    direct: frozenset[tuple[int, int]]
    """Operators that read the whole tensor from before the cascade."""
    consumed: dict[int, list[tuple[int, int]]]
    """By tensor from before the cascade, one for each reader: (rows a turn, row below which it reads none any more after turn -1)."""

    def done_with(self, tensor: int, turn: int) -> int:
        """Rows of a tensor from before the cascade that no layer reads after turn `turn`, turn 0 making the first output rows."""
        return max(0, min(step * turn + ahead for step, ahead in self.consumed[tensor]))


class _Planner:
    def __init__(self, views: Sequence[OpView], windows: Sequence[RowWindow], rows: int, *, copied: bool) -> None:
        self.layers = list(zip(views, windows, strict=True))
        self.output = views[-1].op.outputs[0]
        self.rows = rows
        self.tensors = views[0].graph.tensors
        made = {view.op.outputs[0] for view in views}
        self.direct = frozenset(
            (view.op.index, tensor)
            for view, window in self.layers
            for tensor in row_inputs(view)
            if tensor not in made and (window.inside or not copied)
        )
        self.made = made
        self.pace: dict[int, tuple[int, int]] = {self.output: (rows, rows)}
        """By tensor: (rows a turn, rows made at the end of turn 0)."""
        self.consumed: dict[int, list[tuple[int, int]]] = {}

    def paced(self) -> bool:
        """Find the pace of every tensor; False where branches run at different ones."""
        for view, window in reversed(self.layers):
            step, ahead = self.pace[view.op.outputs[0]]
            for tensor in row_inputs(view):
                if (view.op.index, tensor) in self.direct:
                    self.consumed.setdefault(tensor, []).append((step * window.stride, ahead * window.stride - window.pad))
                    continue
                wanted = (step * window.stride, window.ahead(ahead))
                known = self.pace.setdefault(tensor, wanted)
                if known[0] != wanted[0]:
                    return False
                self.pace[tensor] = max(known, wanted)
        for tensor in self.pace.keys() - self.made:
            self.consumed.setdefault(tensor, []).append(self.pace[tensor])
        return True

    def schedule(self) -> Schedule:
        before = max((ahead - 1) // step for step, ahead in self.pace.values())
        lowest = dict(self._lowest())
        flows: dict[int, Flow] = {}
        offsets: dict[tuple[int, int], int] = {}
        for tensor, (step, ahead) in self.pace.items():
            own = {key: row for key, row in lowest.items() if key[1] == tensor}
            capacity = 0 if tensor == self.output else max([step, *(ahead - row for row in own.values())])
            flows[tensor] = Flow(self.tensors[tensor].shape[1], step, ahead - step * (before + 1), capacity)
            offsets |= {key: capacity - (ahead - row) for key, row in own.items()}
        turns = before + -(-self.tensors[self.output].shape[1] // self.rows)
        return Schedule(turns, before, self.rows, flows, offsets, self.direct, self.consumed)

    def _lowest(self) -> Iterator[tuple[tuple[int, int], int]]:
        """The first row that each operator reads in turn 0."""
        for view, window in self.layers:
            step, ahead = self.pace[view.op.outputs[0]]
            for tensor in row_inputs(view):
                if (view.op.index, tensor) not in self.direct:
                    yield (view.op.index, tensor), (ahead - step) * window.stride - window.pad


def plan_schedule(views: Sequence[OpView], windows: Sequence[RowWindow], rows: int, *, copied: bool) -> Schedule | None:
    """`rows` of the last operator's output a turn; None where branches of the cascade run at different paces.

    `copied`: windows that reach over the border of a tensor from before the cascade read a copy of its rows, so that the output may
    be written over the tensor sooner.
    """
    planner = _Planner(views, windows, rows, copied=copied)
    return planner.schedule() if planner.paced() else None
