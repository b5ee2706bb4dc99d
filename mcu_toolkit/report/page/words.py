"""Figures of a result in words: names, units, and how they are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mcu_toolkit.report.measures import MEASURES, Kind
from mcu_toolkit.report.page.run import Run
from mcu_toolkit.units import format_bytes, format_percent


@dataclass(frozen=True)
class Figure:
    """A figure of a run that can be compared between runs."""

    label: str
    kind: Kind
    less_is_better: bool = True


FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        **{one.field: Figure(one.title, one.kind, not one.more_is_better) for one in MEASURES.values() if one.kind != "share"},
        "macs": Figure("multiply-accumulates", "count"),
    }
)
"""By the field in JSON: every measure but the accuracy, of which each runner has one."""
NONE = "-"


def figures_of(run: Run) -> dict[str, float]:
    """The figures of `FIGURES` that the run has."""
    known = dict(run.numbers)
    if run.cycles is not None:
        known["cycles"] = run.cycles.value
    return {name: known[name] for name in FIGURES if name in known}


def written(value: float | None, kind: Kind) -> str:
    """A figure with its unit."""
    if value is None:
        return NONE
    if kind == "bytes":
        return format_bytes(int(value))
    if kind == "us":
        return f"{value:,.0f} µs"
    return format_percent(value) if kind == "share" else f"{value:,.0f}"


def change(before: float, after: float, kind: Kind) -> str:
    """`+3.1 %`, of shares `+0.50 pp`; empty where nothing changed."""
    if before == after:
        return ""
    if kind == "share":
        return f"{100 * (after - before):+.2f} pp"
    return f"{100 * (after / before - 1):+.2f} %" if before else "new"


def number(value: float | None, digits: int = 4) -> str:
    """A real number in few digits."""
    return NONE if value is None else f"{value:.{digits}g}"


def share(value: float | None) -> str:
    """A share as a percentage."""
    return NONE if value is None else format_percent(value)


def short_name(name: str, length: int = 44) -> str:
    """The part of a tensor's name that says most: converters join the names of all layers that became one, each with its path."""
    first = name.split(";", maxsplit=1)[0].rstrip("/")
    short = "/".join(first.split("/")[-2:])
    return short if len(short) <= length else f"{short[: length - 3]}..."


def shape_text(shape: tuple[int, ...]) -> str:
    """`1x28x28`."""
    return "x".join(map(str, shape)) or "scalar"
