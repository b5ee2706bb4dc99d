"""What a cascade takes, estimated for comparing many of them: memory without offsets, and instructions of about the right size.

The figures are rough: of the size that whole layers have on emulated cores (docs/performance.md), not fitted to cascades.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mcu_toolkit.boards.core_table import INSTRUCTION_SETS
from mcu_toolkit.model import Graph
from mcu_toolkit.runtimes.aot.cascade.cascade import Cascade, Outline, row_bytes
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
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

    def _beside_bytes(self, first: int, last: int) -> int:
        """Of what was there before layer `first` and is needed during or after one of `first` .. `last`."""
        return sum(life.size_bytes for life in self._lives if life.first < first <= life.last)

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
        return self._beside_bytes(number, number) + out_bytes - saved + _aligned(step.scratch_bytes)

    def pair_bytes(self, first: int, step: LoweredOperator) -> int:
        """While a layer and the addition behind it are done in one step, in the addition's other input."""
        return self._beside_bytes(first, first + 1) + _aligned(step.scratch_bytes)

    def outline_bytes(self, outline: Outline, output: int) -> int:
        """While a cascade runs, at the least."""
        dead_bytes = max((life.size_bytes for _, life in self._dying(outline)), default=0)
        own_bytes = max(0, self._of[output].size_bytes - dead_bytes)
        return self._beside_bytes(outline.first, outline.last) + own_bytes + outline.least_bytes

    def cascade_bytes(self, cascade: Cascade, output: int, *, leading: bool) -> int:
        """While a cascade runs; `leading`: its output may begin before an input whose memory it takes over."""
        leads = {position: lead_bytes for position, lead_bytes in cascade.leads if leading or not lead_bytes}
        own_bytes = self._of[output].size_bytes
        shared = (max(leads[i] + life.size_bytes, own_bytes) - life.size_bytes for i, life in self._dying(cascade) if i in leads)
        return self._beside_bytes(cascade.first, cascade.last) + min((own_bytes, *shared)) + _aligned(cascade.scratch_bytes)

    def _dying(self, cascade: Outline) -> Iterator[tuple[int, _Life]]:
        """(position, life) of inputs that nothing behind the cascade reads."""
        for position, tensor in enumerate(cascade.inputs):
            if tensor in self._of and self._of[tensor].last <= cascade.last:
                yield position, self._of[tensor]


def _aligned(size_bytes: int) -> int:
    return -(-size_bytes // ALIGNMENT_BYTES) * ALIGNMENT_BYTES


_CALL = 150
"""A call of a kernel: arguments, set-up, and making room for its rows."""
_MOVED_BYTE = 0.3
_PIXELS = 3
"""Convolutions go in tiles of so many pixels; the last tile of a call may be in vain."""


def estimated_overhead(graph: Graph, views: Sequence[OpView], steps: Sequence[LoweredOperator], cascade: Outline, target: Target) -> float:
    """Instructions more than the layers take one after the other; `steps`: these, whole."""
    flows, turns = cascade.schedule.flows, cascade.schedule.turns
    moved_bytes = sum(turns * (flow.capacity - flow.step) * row_bytes(graph, tensor) for tensor, flow in flows.items() if flow.capacity)
    moved_bytes += sum(graph.tensors[tensor].size_bytes for tensor in cascade.inputs if tensor in flows)
    members = range(cascade.first, cascade.last + 1)
    in_vain = sum(_in_vain(views[n], steps[n].macs, flows[views[n].op.outputs[0]].step, target) for n in members)
    return in_vain + _MOVED_BYTE * moved_bytes + _CALL * turns * len(members)


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
