"""What doing layers by rows costs, estimated: only for choosing among groups, in instructions of about the right size.

The figures are rough: of the size that whole layers have on emulated cores (docs/performance.md), not fitted to groups.
"""

from __future__ import annotations

from collections.abc import Sequence

from mcu_toolkit.boards.core_table import INSTRUCTION_SETS
from mcu_toolkit.model import Graph
from mcu_toolkit.runtimes.aot.cascade.group import Outline, row_bytes
from mcu_toolkit.runtimes.aot.ir.operator import OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target

_CALL = 150
"""A call of a kernel: arguments, set-up, and making room for its rows."""
_MOVED_BYTE = 0.3
_PIXELS = 3
"""Convolutions go in tiles of so many pixels; the last tile of a call may be in vain."""


def estimated_overhead(graph: Graph, views: Sequence[OpView], steps: Sequence[Step], group: Outline, target: Target) -> float:
    """Instructions more than the layers take one after the other; `steps`: these, whole."""
    flows, turns = group.schedule.flows, group.schedule.turns
    moved_bytes = sum(turns * (flow.capacity - flow.step) * row_bytes(graph, tensor) for tensor, flow in flows.items() if flow.capacity)
    moved_bytes += sum(graph.tensors[tensor].size_bytes for tensor in group.inputs if tensor in flows)
    members = range(group.first, group.last + 1)
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
