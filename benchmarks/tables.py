"""The tables of docs/performance.md: what a run measured, among what the page says already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.figures import Figures
from benchmarks.models import PUBLIC

HEADINGS = (
    "model",
    "board",
    "runtime",
    "parity",
    "instructions",
    "per MAC",
    "of TFLM's",
    "cycles, estimated",
    "code bytes",
    "of the model",
    "weight bytes",
    "arena bytes",
    "stack bytes",
    "RAM bytes",
    "of TFLM's",
)
_SHARES = {HEADINGS.index("instructions"): 6, HEADINGS.index("RAM bytes"): 14}
"""Column of a number -> column of its share of TFLM's."""

Place = tuple[str, str, str]
"""Model, board, runtime."""


@dataclass(frozen=True)
class Table:
    """Cells and reasons by place."""

    cells: Mapping[Place, Sequence[str]] = field(default_factory=dict)
    """As HEADINGS, without TFLM's shares."""
    reasons: Mapping[Place, str] = field(default_factory=dict)
    """Why there are no cells: a line of the list."""

    @classmethod
    def of(cls, rows: Sequence[Figures]) -> Table:
        """What a run measured."""
        places = [(row.model, row.board, row.runtime) for row in rows]
        return cls(
            {place: _cells(row) for place, row in zip(places, rows, strict=True) if row.instructions is not None},
            {place: _reason(row) for place, row in zip(places, rows, strict=True) if row.instructions is None},
        )

    def renewed_by(self, new: Table) -> Table:
        """With the rows of `new` in the place of those of the same model, board and runtime."""
        places = {*new.cells, *new.reasons}
        cells = {place: row for place, row in self.cells.items() if place not in places}
        reasons = {place: line for place, line in self.reasons.items() if place not in places}
        return Table({**cells, **new.cells}, {**reasons, **new.reasons})


def tables(table: Table, absent: Sequence[str] = ()) -> str:
    """One row for everything that was measured, and a line for each model that a board has no room for or a runtime refuses.

    `absent` has lines about models whose files are not here.
    """
    lines = (" | ".join(row) for row in (HEADINGS, ["---"] * len(HEADINGS), *_rows(table)))
    text = "".join(f"| {line} |\n" for line in lines)
    left = [*absent, *(table.reasons[place] for place in sorted(table.reasons, key=_order))]
    return text + ("\nNot measured:\n\n" + "".join(f"- {line}\n" for line in left) if left else "")


def _rows(table: Table) -> Iterator[Sequence[str]]:
    """In order, each of ours with its shares of TFLM's."""
    for place in sorted(table.cells, key=_order):
        model, board, runtime = place
        theirs = table.cells.get((model, board, "tflm")) if runtime == "aot" else None
        row = list(table.cells[place])
        for column, share in _SHARES.items():
            row[share] = "-" if theirs is None else _ratio(_value(row[column]), _value(theirs[column]))
        yield row


def _order(place: Place) -> tuple[int, Place]:
    """Our own model first, then the public ones from small to large."""
    known = ("digits", *PUBLIC)
    return known.index(place[0]) if place[0] in known else len(known), place


def _cells(row: Figures) -> tuple[str, ...]:
    return (
        row.model,
        row.board,
        row.runtime,
        row.parity,
        _number(row.instructions),
        _ratio(row.instructions, row.macs),
        "-",
        _number(row.cycles),
        *(
            _number(value)
            for value in (row.code_bytes, row.model_code_bytes, row.weights_bytes, row.arena_bytes, row.stack_bytes, row.ram_bytes)
        ),
        "-",
    )


def _reason(row: Figures) -> str:
    return f"{row.model} on {row.board}, {row.runtime}{' FAILED' if row.is_failure else ''}: {row.why}"


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _value(cell: str) -> int | None:
    return None if cell == "-" else int(cell.replace(",", ""))


def _ratio(value: int | None, of: int | None) -> str:
    return "-" if value is None or not of else f"{value / of:.2f}"
