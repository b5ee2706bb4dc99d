"""Where the time goes: durations, layers, functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from mcu_toolkit.report.cycles import band_text
from mcu_toolkit.report.page.blocks import Block, Chart, Section, Series, Table, Tone
from mcu_toolkit.report.page.run import Run
from mcu_toolkit.report.parts import LayerReport
from mcu_toolkit.units import format_percent

_FUNCTIONS_SHOWN = 25
_BARS_SHOWN = 200

COLUMNS: Mapping[str, tuple[str, Callable[[LayerReport], int | None]]] = MappingProxyType(
    {
        "cycles": ("cycles", lambda layer: None if layer.cycles is None else layer.cycles.value),
        "instructions": ("instructions", lambda layer: layer.instructions),
        "latency_us": ("µs", lambda layer: layer.latency_us),
        "macs": ("MACs", lambda layer: layer.macs),
        "code_bytes": ("code, bytes", lambda layer: layer.code_bytes),
        "weights_bytes": ("weights, bytes", lambda layer: layer.weights_bytes),
        "ram_bytes": ("RAM, bytes", lambda layer: layer.ram_bytes),
        "differing_bytes": ("differing bytes", lambda layer: layer.differing_bytes),
        "differing_samples": ("differing samples", lambda layer: layer.differing_samples),
        "max_lsb": ("max LSB", lambda layer: layer.max_lsb),
    }
)
"""What can be known of a layer: its title, and where it is."""


def section(run: Run) -> Section | None:
    """None where nothing was timed or counted."""
    blocks: list[Block] = []
    if run.durations is not None:
        d = run.durations
        row = tuple(f"{value:,}" for value in (d.samples, d.min, d.median, d.p95, d.p99, d.max))
        blocks.append(Table(("samples", "min", "median", "p95", "p99", "max"), (row,), f"Durations of an inference, {d.unit}"))
    if run.layers:
        blocks += _layers(run)
    if run.functions:
        total = sum(one.instructions for one in run.functions) or 1
        rows = tuple(
            (one.name, f"{one.instructions:,}", _cycles(run, one.estimated_cycles), format_percent(one.instructions / total))
            for one in run.functions[:_FUNCTIONS_SHOWN]
        )
        few = len(run.functions) <= _FUNCTIONS_SHOWN
        title = "Functions" if few else f"The {_FUNCTIONS_SHOWN} costliest of {len(run.functions)} functions"
        blocks.append(Table(("function", "instructions", "M cycles, est.", "share"), rows, title))
    return Section("speed", "Layers and time", "", tuple(blocks)) if blocks else None


def _layers(run: Run) -> list[Block]:
    known = {key: title for key, (title, of) in COLUMNS.items() if any(of(layer) is not None for layer in run.layers)}
    columns = ("layer", "operator", "kernel variant", *known.values())
    rows = tuple(
        (
            str(layer.index),
            layer.operator + "".join(f" + {number}" for number in layer.merged),
            layer.kernel_variant or "",
            *(_cycles(run, COLUMNS[key][1](layer)) if key == "cycles" else _cell(COLUMNS[key][1](layer)) for key in known),
        )
        for layer in run.layers
    )
    blocks: list[Block] = []
    cost = next((key for key in ("cycles", "instructions", "latency_us") if key in known), None)
    if cost is not None:
        title, of = COLUMNS[cost]
        shown = run.layers[:_BARS_SHOWN]
        points = tuple((float(place), float(of(layer) or 0)) for place, layer in enumerate(shown))
        names = tuple(f"{layer.index} {layer.operator}" for layer in shown)
        blocks.append(Chart("bars", f"Cost of each layer, {title}", "", title, (Series(title, points),), names, horizontal=True))
    tones: tuple[Tone, ...] = tuple("bad" if layer.differing_bytes else "plain" for layer in run.layers)
    blocks.append(Table(columns, rows, "Layers", tones=tones if "bad" in tones else ()))
    return blocks


def _cycles(run: Run, count: int | None) -> str:
    """Of an estimate the band that the whole inference has, in millions."""
    band = None if count is None or run.cycles is None else run.cycles.share_of(count)
    return _cell(count) if band is None else f"{band_text(band)} M"


def _cell(value: int | None) -> str:
    return "" if value is None else f"{value:,}"
