"""What `mcu tune` prints: every kernel variant of every layer with its figures, and which ones were chosen."""

from __future__ import annotations

from collections.abc import Mapping

from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.workspace.tune_file import Candidate, TuneFile
from mcu_toolkit.report.table import table


def tune_table(file: TuneFile, found: Mapping[int, Mapping[str, Candidate]], model: Model) -> list[str]:
    """One line for each candidate of `found` (by layer, then by its name), layers in the order of execution."""
    chosen = {layer.index: layer.variant for layer in file.layers}
    inside = {number: layer.index for layer in file.layers for number in layer.merged}
    operators = {op.index: op.name for op in model.main.ops}
    rows = []
    for index in sorted(found):
        for candidate in sorted(found[index].values(), key=lambda one: one.cost):
            mark = "chosen" if chosen.get(index) == candidate.variant else f"(with {inside[index]})" if index in inside else ""
            cycles = "-" if candidate.estimated_cycles is None else f"{candidate.estimated_cycles:,}"
            sizes = (candidate.code_bytes, candidate.weights_bytes, candidate.ram_bytes)
            numbers = (f"{candidate.instructions:,}", cycles, *(f"{size:,}" for size in sizes))
            rows.append((str(index), operators[index], candidate.variant, *numbers, mark))
    return table(("layer", "operator", "variant", "instructions", "cycles", "code", "weights", "RAM", ""), rows)
