"""All cascades that end with one layer, from short to long, and what each takes: found in one walk towards the model's input.

A cascade's schedule (schedule.py) is made from its output backwards.  So a layer more at its beginning changes nothing in the flows of
the tensors that are made in it, and what makes a cascade impossible - branches at different paces, a tensor that somebody else reads -
makes every longer one impossible too.  Nothing is planned here but sums: a schedule is made for the few cascades that are chosen.

The instructions are rough: of the size that whole layers have on emulated cores (docs/performance.md), not fitted to cascades.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mcu_toolkit.boards.core_table import INSTRUCTION_SETS
from mcu_toolkit.model import Graph
from mcu_toolkit.runtimes.aot.cascade.cascade import Extent, row_bytes
from mcu_toolkit.runtimes.aot.cascade.windows import RowWindow, row_inputs
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target

_CALL = 150
"""A call of a kernel: arguments, set-up, and making room for its rows."""
_MOVED_BYTE = 0.3
_PIXELS = 3
"""Convolutions compute so many pixels at a time; some of the last ones of a call may not be needed."""


@dataclass(frozen=True)
class Layers:
    """The layers of a model, each alone, and how each runs on bands of rows."""

    graph: Graph
    views: tuple[OpView, ...]
    windows: tuple[RowWindow | None, ...]
    steps: tuple[LoweredOperator, ...]
    target: Target
    last_reader: dict[int, int]
    """The number of the last layer that reads a tensor, also as weights; the number of layers where it is an output of the model."""

    @classmethod
    def of(
        cls, graph: Graph, views: Sequence[OpView], windows: Sequence[RowWindow | None], steps: Sequence[LoweredOperator], target: Target
    ) -> Layers:
        """All layers of `graph`."""
        readers = {tensor: number for number, view in enumerate(views) for tensor in view.op.inputs}
        readers.update(dict.fromkeys(graph.outputs, len(views)))
        return cls(graph, tuple(views), tuple(windows), tuple(steps), target, readers)


@dataclass(frozen=True)
class Candidate(Extent):
    """A cascade that could be chosen."""

    rows: int
    """Of its output, a turn."""
    copied: bool
    """See `plan_schedule`."""
    overhead: float
    """Instructions more than the layers take one after the other."""


@dataclass
class _Wanted:
    """How fast the readers of a tensor want its rows, and which of them they still read."""

    step: int = 0
    ahead: int = 0
    lowest: int = 0
    agree: bool = True

    def add(self, step: int, ahead: int, lowest: int) -> None:
        """One reader more."""
        self.agree = self.agree and self.step in (0, step)
        self.ahead, self.lowest = (max(self.ahead, ahead), min(self.lowest, lowest)) if self.step else (ahead, lowest)
        self.step = step

    @property
    def capacity(self) -> int:
        return max(self.step, self.ahead - self.lowest)


@dataclass
class _Source:
    """A tensor from before the cascade, so far."""

    all: _Wanted = field(default_factory=_Wanted)
    """By all its readers: what counts once the layer that makes it is in the cascade."""
    by_copy: _Wanted = field(default_factory=_Wanted)
    """By those that read a copy of its rows."""


class Extents:
    """Cascades that end with layer `last` and make `rows` rows of its output a turn, as they grow."""

    def __init__(self, layers: Layers, last: int, rows: int, *, copied: bool) -> None:
        self._layers, self._last, self._rows, self._copied = layers, last, rows, copied
        self._first = last + 1
        self._output = layers.views[last].op.outputs[0]
        self._sources: dict[int, _Source] = {}
        self._before = 0
        self._in_vain = 0.0
        self._moved_bytes = 0
        """A turn, of rows that are made in the cascade."""
        self.kept_bytes = 0
        """Of rows that are made in the cascade: no longer one needs less."""

    def grow(self) -> bool:
        """Take in the layer before; False where branches run at different paces, as they then do in every longer cascade."""
        self._first -= 1
        view, window = self._layers.views[self._first], self._layers.windows[self._first]
        assert window is not None
        made = view.op.outputs[0]
        step = ahead = self._rows
        if self._first != self._last:
            wanted = self._sources.pop(made).all
            if not wanted.agree:
                return False
            step, ahead = wanted.step, wanted.ahead
            size = row_bytes(self._layers.graph, made)
            self._before = max(self._before, (ahead - 1) // step)
            self._moved_bytes += (wanted.capacity - step) * size
            self.kept_bytes += wanted.capacity * size if wanted.capacity > step else 0
        self._in_vain += _in_vain(view, self._layers.steps[self._first].macs, step, self._layers.target)
        wish = (step * window.stride, window.ahead(ahead), (ahead - step) * window.stride - window.pad)
        for tensor in row_inputs(view):
            source = self._sources.setdefault(tensor, _Source())
            source.all.add(*wish)
            if self._copied and not window.inside:
                source.by_copy.add(*wish)
        return all(source.by_copy.agree for source in self._sources.values())

    def candidate(self) -> Candidate:
        """What it is now."""
        graph, last = self._layers.graph, self._last
        copies = [(tensor, source.by_copy) for tensor, source in self._sources.items() if source.by_copy.step]
        before = max([self._before, *((wanted.ahead - 1) // wanted.step for _, wanted in copies)])
        turns = before + -(-graph.tensors[self._output].shape[1] // self._rows)
        a_turn = self._moved_bytes + sum((wanted.capacity - wanted.step) * row_bytes(graph, tensor) for tensor, wanted in copies)
        moved_bytes = turns * a_turn + sum(graph.tensors[tensor].size_bytes for tensor, _ in copies)
        return Candidate(
            first=self._first,
            last=last,
            inputs=self._inputs(),
            least_bytes=self.kept_bytes + sum(wanted.capacity * row_bytes(graph, tensor) for tensor, wanted in copies),
            rows=self._rows,
            copied=self._copied,
            overhead=self._in_vain + _MOVED_BYTE * moved_bytes + _CALL * turns * (last - self._first + 1),
        )

    def _inputs(self) -> tuple[int, ...]:
        """In the order in which layers read them."""
        if len(self._sources) == 1:
            return tuple(self._sources)
        views = self._layers.views[self._first : self._last + 1]
        return tuple(dict.fromkeys(tensor for view in views for tensor in row_inputs(view) if tensor in self._sources))


def closed_beginnings(layers: Layers, last: int) -> Iterator[int]:
    """First layers of cascades that end with `last`, backwards: what is made in one, but for its output, is read there and nowhere else."""
    read: set[int] = set()
    for first in range(last, -1, -1):
        view = layers.views[first]
        made = view.op.outputs[0] if layers.windows[first] is not None else -1
        if made < 0 or (first != last and (made not in read or layers.last_reader[made] > last)):
            return
        read.update(row_inputs(view))
        yield first


def _in_vain(view: OpView, macs: int, rows: int, target: Target) -> float:
    """Work on pixels that are not there, or on rows that are read more than once."""
    kernels = INSTRUCTION_SETS[target.instruction_set]
    if view.operator == "DEPTHWISE_CONV_2D":
        again = (-(-rows // 2) * 2 + 2) / rows - 1  # pairs of rows, and two more that are gathered again
        return macs * kernels.depthwise_instructions_per_mac * again / 2
    if view.operator == "CONV_2D":
        pixels = rows * view.output.shape[2]
        return macs * kernels.instructions_per_mac * (-(-pixels // _PIXELS) * _PIXELS / pixels - 1)
    return 0.0
