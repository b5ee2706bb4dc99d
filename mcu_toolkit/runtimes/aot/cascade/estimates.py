"""The memory that layers and cascades take, without offsets: for comparing many of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mcu_toolkit.model import Graph
from mcu_toolkit.runtimes.aot.cascade.cascade import Cascade, Extent
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.memory.planner import ALIGNMENT_BYTES
from mcu_toolkit.runtimes.aot.memory.state import is_state


@dataclass
class _Life:
    size_bytes: int
    first: int
    last: int


class Lifetimes:
    """When the tensors of a model are needed, layer by layer; views and what they are views of count as one."""

    def __init__(self, graph: Graph, steps: Sequence[LoweredOperator]) -> None:
        self._graph = graph
        self._of: dict[int, _Life] = {}
        self._lives: list[_Life] = []
        self._beside: dict[int, int] = {}
        for tensor in dict.fromkeys(graph.inputs):
            self._start(tensor, -1)
        for number, step in enumerate(steps):
            for tensor in step.inputs:
                if tensor in self._of:
                    self._of[tensor].last = number
            for position, tensor in enumerate(step.outputs):
                if step.must_alias and position == 0 and step.inputs[0] in self._of:
                    self._of[tensor] = self._of[step.inputs[0]]
                elif not is_state(graph.tensors[tensor]):
                    self._start(tensor, number)
        for tensor in graph.outputs:
            if tensor in self._of:
                self._of[tensor].last = len(steps)

    def _start(self, tensor: int, at: int) -> None:
        life = _Life(_aligned(self._graph.tensors[tensor].size_bytes), at, at)
        self._lives.append(life)
        self._of[tensor] = life

    def _beside_bytes(self, first: int) -> int:
        """Of what was there before layer `first` and is needed during or after it."""
        if first not in self._beside:
            self._beside[first] = sum(life.size_bytes for life in self._lives if life.first < first <= life.last)
        return self._beside[first]

    def step_bytes(self, number: int, step: LoweredOperator) -> int:
        """While one layer runs."""
        made = [self._of[tensor] for tensor in step.outputs if tensor in self._of]
        taken = [self._of[step.inputs[i]] for i in step.in_place if step.inputs[i] in self._of]
        out_bytes = sum(life.size_bytes for life in made if life.first == number)
        saved = max(
            (
                min(life.size_bytes, out_bytes)
                for life in taken
                if life.last <= number and (step.may_grow or made[0].size_bytes <= life.size_bytes)
            ),
            default=0,
        )
        return self._beside_bytes(number) + out_bytes - saved + _aligned(step.scratch_bytes)

    def pair_bytes(self, first: int, step: LoweredOperator) -> int:
        """While a layer and the addition behind it are done in one step, in the addition's other input."""
        return self._beside_bytes(first) + _aligned(step.scratch_bytes)

    def extent_bytes(self, extent: Extent, output: int) -> int:
        """While a cascade runs, at the least."""
        dead_bytes = max((life.size_bytes for _, life in self._dying(extent)), default=0)
        own_bytes = max(0, self._of[output].size_bytes - dead_bytes)
        return self._beside_bytes(extent.first) + own_bytes + extent.least_bytes

    def cascade_bytes(self, cascade: Cascade, output: int, *, leading: bool) -> int:
        """While a cascade runs; `leading`: its output may begin before an input whose memory it takes over."""
        leads = {position: lead_bytes for position, lead_bytes in cascade.leads if leading or not lead_bytes}
        own_bytes = self._of[output].size_bytes
        shared = (max(leads[i] + life.size_bytes, own_bytes) - life.size_bytes for i, life in self._dying(cascade) if i in leads)
        return self._beside_bytes(cascade.first) + min((own_bytes, *shared)) + _aligned(cascade.scratch_bytes)

    def _dying(self, cascade: Extent) -> Iterator[tuple[int, _Life]]:
        """(position, life) of inputs that nothing behind the cascade reads."""
        for position, tensor in enumerate(cascade.inputs):
            if tensor in self._of and self._of[tensor].last <= cascade.last:
                yield position, self._of[tensor]


def _aligned(size_bytes: int) -> int:
    return -(-size_bytes // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
