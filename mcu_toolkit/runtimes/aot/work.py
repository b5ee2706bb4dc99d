"""What an inference costs in cycles, guessed from the shapes of its layers; `mcu bench` counts what really runs."""

from __future__ import annotations

from mcu_toolkit.boards import Board
from mcu_toolkit.boards.core_cycles import LayerCosts
from mcu_toolkit.boards.core_table import CORES
from mcu_toolkit.model import DType, Graph
from mcu_toolkit.runtimes.aot.compiler import CompiledModel
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator

_GUESS = 1.25
"""How far an estimate from shapes alone is off what is counted when the code runs, at the most seen."""
_INT16 = 1.7
"""A multiply-accumulate of 16-bit activations, as a share of one of 8 bits (docs/performance.md, 16-bit activations)."""


def estimated_cycles(compiled: CompiledModel, board: Board) -> tuple[int, int] | None:
    """The least and the most of one inference on `board`, by what layers of their shapes cost.

    None where nothing is known of its core, and for a model without an operator to estimate.
    """
    cycles, band = board.core_facts.cycles, board.cycle_band
    work = 0.0 if cycles is None else _work(compiled, cycles.layers)
    if band is None or not work:
        return None
    return round(band.least * work / _GUESS), round(band.most * work * _GUESS)


def cycle_notes(core: str) -> tuple[str, ...]:
    """What to tell of the cycles of a core that no board was compared with."""
    cycles = CORES[core].cycles
    return () if cycles is None or cycles.is_calibrated else (f"cycles of {core} are not calibrated: {cycles.why}",)


def _work(compiled: CompiledModel, costs: LayerCosts) -> float:
    return sum(step_cycles(compiled.model.main, step, costs) for step in compiled.steps)


def step_cycles(graph: Graph, step: LoweredOperator, costs: LayerCosts) -> float:
    """Of one step; what a cascade does on top is left out."""
    if not step.call:
        return 0.0
    found = costs.layer
    per_mac = {"CONV_2D": costs.convolution, "DEPTHWISE_CONV_2D": costs.depthwise, "FULLY_CONNECTED": costs.dense}
    operators = [op.name for op in (*step.merged, step.op)]
    wide = _INT16 if any(graph.tensors[index].dtype is DType.INT16 for index in step.outputs) else 1.0
    weighted = [wide * per_mac[name] for name in operators if name in per_mac]
    outputs = sum(graph.tensors[index].elements for index in step.outputs)
    if weighted:
        return found + step.macs * sum(weighted) / len(weighted) + outputs * costs.output
    inputs = sum(graph.tensors[index].elements for index in step.inputs if index >= 0)
    return found + (inputs + outputs) * costs.element + step.macs * costs.convolution
