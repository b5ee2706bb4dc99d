"""A matrix as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mcu_toolkit.pipeline.matrix.records import Figures, MatrixResult, MatrixRow
from mcu_toolkit.report.table import table
from mcu_toolkit.units import format_bytes, format_count, format_percent

_HEADS = ("model", "scheme", "board", "runtime", "flags", "verdict", "flash", "RAM", "stack", "speed", "accuracy")
_LEFT_OUT = ("scheme", "flags")
"""Columns that are not there where they are empty."""
_NONE = "-"


def matrix_lines(facts: MatrixResult, output: Path) -> tuple[str, ...]:
    """The table of all rows, why some did not pass, and where the report is."""
    cells = [_cells(row) for row in facts.rows]
    keep = [place for place, head in enumerate(_HEADS) if head not in _LEFT_OUT or any(row[place] for row in cells)]
    rows = [[row[place] for place in keep] for row in cells]
    counts = f"{facts.passed} of {len(facts.rows)} passed" + (f"; {facts.kept} known from an earlier run" if facts.kept else "")
    return (
        *table([_HEADS[place] for place in keep], rows),
        *_reasons(facts.rows),
        counts,
        *(f"report: {file}" for file in facts.files),
        f"each run: {output / 'results'}",
    )


def name_of(row: MatrixRow) -> str:
    """The cell of a row in words: `kws, int8 on netduinoplus2, aot, small`."""
    cell = row.cell
    return f"{cell.model}{', ' + cell.scheme if cell.scheme else ''} on {', '.join(filter(None, (cell.board, cell.runtime, cell.flags)))}"


def _cells(row: MatrixRow) -> tuple[str, ...]:
    cell, figures = row.cell, row.outcome.figures
    sizes = (figures.flash_bytes, figures.ram_bytes, figures.stack_bytes)
    return (
        *(cell.model, cell.scheme, cell.board, cell.runtime, cell.flags, row.outcome.verdict),
        *(_NONE if size is None else format_bytes(size) for size in sizes),
        speed_text(figures),
        _NONE if figures.accuracy is None else format_percent(figures.accuracy),
    )


def speed_text(figures: Figures) -> str:
    """What an inference takes, in the unit that is known of the board."""
    if figures.latency_us is not None:
        return f"{figures.latency_us:,.0f} us"
    if figures.cycles is not None:
        return f"{format_count(figures.cycles)} cycles"
    return _NONE if figures.instructions is None else f"{format_count(figures.instructions)} instructions"


def _reasons(rows: Sequence[MatrixRow]) -> list[str]:
    """Each reason once, with the cells that it is about."""
    about: dict[str, list[str]] = {}
    for row in rows:
        for reason in row.outcome.reasons:
            about.setdefault(reason, []).append(name_of(row))
    return [f"{'; '.join(names)}: {reason}" for reason, names in about.items()]
