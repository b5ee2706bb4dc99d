"""Layers whose kernel variant or cost changed from one report to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcu_toolkit.report.measures import number

_COSTS = ("estimated_cycles", "instructions", "latency_us")
"""What a layer costs, the most telling first."""


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


def layer_changes(base: object, new: object) -> tuple[LayerChange, ...]:
    """The layers of two reports that differ, the largest change first; raises ValueError for what are no layers."""
    before, after = _by_index(base), _by_index(new)
    if not before or not after:
        return ()
    changes = [_change(index, before.get(index, {}), after.get(index, {})) for index in sorted({*before, *after})]
    return tuple(sorted((change for change in changes if _differs(change)), key=lambda change: (-_size(change), change.index)))


def _by_index(layers: object) -> dict[int, Mapping[str, Any]]:
    if not isinstance(layers, list):
        raise ValueError("'layers' is no list")
    found: dict[int, Mapping[str, Any]] = {}
    for layer in layers:
        if not isinstance(layer, dict) or type(layer.get("index")) is not int:
            raise ValueError("an item of 'layers' has no index")
        found[layer["index"]] = layer
    return found


def _change(index: int, base: Mapping[str, Any], new: Mapping[str, Any]) -> LayerChange:
    unit = next((name for name in _COSTS if name in base and name in new), None)
    costs = (None, None) if unit is None else (number(base[unit], unit), number(new[unit], unit))
    texts = (_text(base, "operator"), _text(new, "operator"), _text(base, "scheme"), _text(new, "scheme"))
    return LayerChange(index, *texts, unit, *costs)


def _text(layer: Mapping[str, Any], name: str) -> str | None:
    value = layer.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"'{name}' of a layer is no text")
    return value


def _differs(change: LayerChange) -> bool:
    return (change.base_operator, change.base_variant, change.base_cost) != (change.new_operator, change.new_variant, change.new_cost)


def _size(change: LayerChange) -> float:
    return abs((change.new_cost or 0) - (change.base_cost or 0))
