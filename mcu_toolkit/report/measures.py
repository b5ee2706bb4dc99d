"""What is measured, by name: the one table behind tables of text, JSON fields, `--limit`, `--fail-on` and their messages."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.system.json_table import JsonTable
from mcu_toolkit.units import format_percent

Kind = Literal["bytes", "count", "us", "share", "value"]
_FACTORS: Mapping[Kind, Mapping[str, int]] = {
    "bytes": {"": 1, "B": 1, "K": 1024, "KIB": 1024, "KB": 1024, "M": 1024**2, "MIB": 1024**2, "MB": 1024**2},
    "count": {"": 1, "K": 1000, "M": 1_000_000, "G": 1_000_000_000},
    "us": {"": 1, "US": 1, "MS": 1000, "S": 1_000_000},
    "share": {"": 1},
    "value": {"": 1},
}
_LARGEST = 1e18
"""What is more was never measured, and fills a terminal."""
_EXAMPLES: Mapping[Kind, str] = {
    "bytes": "65536 or 64K",
    "count": "3000000 or 3M",
    "us": "500, 500us or 2ms",
    "share": "0.95",
    "value": "0.02",
}


@dataclass(frozen=True)
class Measure:
    """One thing that reports say in a number."""

    name: str
    """In options, mcu.toml and messages."""
    field: str
    """In a report's JSON (docs/report-schema.json)."""
    kind: Kind
    """`bytes`, where K is 1024; `count` (K is 1000); `us`; `share`, from 0 to 1; or `value`, in the unit of the model's output."""
    tolerance: str
    """The change from a baseline that counts as a regression where nobody says another: `>+1%`."""
    title: str
    """In tables and pages."""
    about: str
    only_bench: bool = False
    """True where only `mcu bench` measures it."""

    @property
    def more_is_better(self) -> bool:
        """True where a smaller number is worse."""
        return self.tolerance.startswith("<")

    def shown(self, value: float) -> str:
        """`value` with its unit, with every digit: two values that differ look different."""
        if self.kind == "share":
            return format_percent(value)
        if self.kind == "value":
            return f"{value:.6g}"
        unit = {"bytes": " B", "us": " us"}.get(self.kind, "")
        return f"{value:,.0f}{unit}"

    def parsed(self, text: str, on: str) -> float:
        """The number that `text` means, such as `64K`; raises InputError naming `on`, the option or key."""
        digits = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
        factor = _FACTORS[self.kind].get(text[len(digits) :].strip().upper())
        try:
            number = float(digits)
        except ValueError:
            number = math.nan
        if factor is None or not math.isfinite(number) or number < 0 or "_" in digits:
            raise InputError(f"'{text}' is no value for {self.name}", on=on, expected=f"a number such as {_EXAMPLES[self.kind]}")
        return number * factor

    def value_in(self, report: JsonTable) -> float | None:
        """What a report in its JSON form says of it, None where it was not measured; raises ValueError for what is no such number.

        Not for accuracy and rmse, which have a value for each runner.
        """
        return number(report.value(self.field), self.field)


MEASURES = {
    one.name: one
    for one in (
        Measure("accuracy", "accuracy", "share", "<-0.5pp", "accuracy", "share of correct classes on the board (else nearest to it)"),
        Measure("rmse", "scores", "value", ">+5%", "RMSE", "error of a regression against the labels, on the board (else nearest to it)"),
        Measure("flash", "flash_bytes", "bytes", ">+1%", "flash", "image: code, weights and initial values"),
        Measure("code", "code_bytes", "bytes", ">+1%", "code", "code in flash"),
        Measure("weights", "weights_bytes", "bytes", ">+1%", "weights", "weights and other constants in flash"),
        Measure("ram", "ram_bytes", "bytes", ">+1%", "RAM without stack", "static RAM: data and bss, without the stack"),
        Measure("arena", "arena_bytes", "bytes", ">+1%", "arena", "memory of the model's tensors, part of ram"),
        Measure("stack", "stack_bytes", "bytes", ">+5%", "stack used", "stack used: the high-water mark on the board"),
        Measure("instructions", "instructions", "count", ">+1%", "instructions", "instructions of an inference, emulated boards"),
        Measure("cycles", "cycles", "count", ">+1%", "cycles", "cycles of an inference, measured or estimated", only_bench=True),
        Measure("latency", "latency_us", "us", ">+5%", "time", "time of an inference, real boards"),
    )
}
"""By name, in the order in which people read them."""
PARITY = "parity"
"""How nearly the board's outputs equal the golden ones: no number, but a level."""
LIMITED = tuple(name for name, one in MEASURES.items() if one.kind != "share")
"""Measures that `--limit` may limit from above; accuracy has options of its own."""

OF_A_RUN = tuple(name for name in LIMITED if not MEASURES[name].only_bench)
"""Of these, what every run on a board measures."""
OF_A_PREDICTION = ("flash", "ram", "arena", "stack", "cycles")
"""What `mcu fit` says before anything is built."""
OF_A_BENCHMARK = ("instructions", "latency")
"""What the performance mode of MLPerf Tiny measures: instructions on emulated boards, time on real ones."""
OF_AN_IMAGE = ("flash", "code", "weights", "ram", "arena")
"""What is known when an image is built."""


def measure(name: str, among: tuple[str, ...] = (*MEASURES, PARITY)) -> Measure:
    """The measure `name`; raises UnknownNameError, which lists all of `among`."""
    if name not in MEASURES or name not in among:
        raise UnknownMeasureError(name, among)
    return MEASURES[name]


class UnknownMeasureError(UnknownNameError):
    """A name that is no measure; the message lists all of them, as they are few."""

    def __init__(self, name: str, among: tuple[str, ...]) -> None:
        super().__init__("measure", name, among)
        self.expected = f"one of {', '.join(among)}"


def number(value: object, name: str) -> float | None:
    """A number of a report that somebody else may have written, None for null; raises ValueError where it is none."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _LARGEST:
        raise ValueError(f"'{name}' is not a number from 0 to {_LARGEST:.0e}")
    return float(value)
