"""Layers whose kernel variant or cost changed from one report to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_toolkit.report.measures import number
from mcu_toolkit.system.json_table import JsonTable

_COSTS = ("estimated_cycles", "instructions", "latency_us")
"""What a layer costs, the most telling first."""
_NONE = JsonTable({})


@dataclass(frozen=True)
class LayerChange:
    """A layer in both reports, None where one of them has no such layer or does not say it."""

    index: int
    base_operator: str | None
    new_operator: str | None
    base_variant: str | None
    new_variant: str | None
    unit: str | None
    """Of the cost: `estimated_cycles`, `instructions` or `latency_us`, the first that both reports have."""
    base_cost: float | None
    new_cost: float | None


def layer_changes(base: Sequence[JsonTable], new: Sequence[JsonTable]) -> tuple[LayerChange, ...]:
    """The layers of two reports that differ, the largest change first; raises ValueError for what are no layers."""
    before, after = ({layer.required("index", int): layer for layer in layers} for layers in (base, new))
    if not before or not after:
        return ()
    changes = [_change(index, before.get(index, _NONE), after.get(index, _NONE)) for index in sorted({*before, *after})]
    return tuple(sorted((change for change in changes if _differs(change)), key=lambda change: (-_size(change), change.index)))


def _change(index: int, base: JsonTable, new: JsonTable) -> LayerChange:
    unit = next((name for name in _COSTS if name in base and name in new), None)
    costs = (None, None) if unit is None else (number(base.value(unit), unit), number(new.value(unit), unit))
    operators = base.optional("operator", str), new.optional("operator", str)
    variants = base.optional("scheme", str), new.optional("scheme", str)
    return LayerChange(index, *operators, *variants, unit, *costs)


def _differs(change: LayerChange) -> bool:
    return (change.base_operator, change.base_variant, change.base_cost) != (change.new_operator, change.new_variant, change.new_cost)


def _size(change: LayerChange) -> float:
    return abs((change.new_cost or 0) - (change.base_cost or 0))
