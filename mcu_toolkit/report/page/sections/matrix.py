"""A matrix of runs: every cell, and which of them are worth choosing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from mcu_toolkit.report.frontier import frontier
from mcu_toolkit.report.page.blocks import Block, Chart, Note, Section, Series, Table, Tone
from mcu_toolkit.report.page.run import MatrixAnswer, Run
from mcu_toolkit.report.page.words import FIGURES, NONE, share, written

_SPEEDS = ("cycles", "instructions", "latency_us")
"""Cycles first: boards with different instruction sets can be compared by them."""
_SIZES = ("flash_bytes", "ram_bytes")
Cells: TypeAlias = "tuple[tuple[str, ...], ...]"
"""Rows of a table."""
_MODELS_SHOWN = 8
"""With charts of their own."""


def section(run: Run) -> Section:
    """Every cell as a row; charts of accuracy against cost, and of time against memory for each model."""
    rows = run.matrix
    figures = [name for name in (*_SIZES, "arena_bytes", "stack_bytes", *_SPEEDS) if any(_figure(row, name) is not None for row in rows)]
    kinds = [name for name in ("scheme", "flags") if any(getattr(row, name) for row in rows)]
    columns = ("model", *kinds, "board", "runtime", "verdict", "accuracy", *(FIGURES[name].label for name in figures))
    cells = tuple(tuple(_cells(row, kinds, figures)) for row in rows)
    tones: tuple[Tone, ...] = tuple("good" if row.verdict == "pass" else "bad" for row in rows)
    table = Table(columns, cells, tones=tones, toned=columns.index("verdict"), is_folded=False)
    passed = [row for row in rows if row.verdict == "pass"]
    found = list(_frontiers(passed))
    blocks: tuple[Block, ...] = (table, *_reasons(rows), *(chart for chart, _ in found), *_named(found))
    return Section("matrix", "Matrix", f"{len(passed)} of {len(rows)} passed.", blocks)


def _cells(row: MatrixAnswer, kinds: Sequence[str], figures: Sequence[str]) -> Iterator[str]:
    yield row.model
    yield from (getattr(row, name) or NONE for name in kinds)
    yield from (row.board, row.runtime, row.verdict, NONE if row.figures.accuracy is None else share(row.figures.accuracy))
    yield from (written(_figure(row, name), FIGURES[name].kind) for name in figures)


def _figure(row: MatrixAnswer, name: str) -> float | None:
    value: float | None = getattr(row.figures, name)
    return value


def _frontiers(rows: Sequence[MatrixAnswer]) -> Iterator[tuple[Chart, Cells]]:
    """Accuracy against every cost, over all models; time against memory for each model, which is a choice of boards and flags."""
    speeds = [name for name in _SPEEDS if any(_figure(row, name) is not None for row in rows)][:1]
    for cost in (*_SIZES, *speeds):
        yield from _frontier(rows, cost, "accuracy", "")
    models = list(dict.fromkeys(row.model for row in rows))
    for model in models[:_MODELS_SHOWN]:
        of_model = [row for row in rows if row.model == model]
        for speed in speeds:
            for size in _SIZES:
                yield from _frontier(of_model, size, speed, f" of {model}")


def _frontier(rows: Sequence[MatrixAnswer], x: str, y: str, of: str) -> Iterator[tuple[Chart, Cells]]:
    """The chart of two figures, a series a board, and what is on its frontier; nothing where there are fewer than two points."""
    pairs = [(row, _figure(row, x), _figure(row, y)) for row in rows]
    known = [(row, (across, up)) for row, across, up in pairs if across is not None and up is not None]
    if len({point for _, point in known}) < 2:
        return
    points = [point for _, point in known]
    best = frontier(points, more_is_better=y == "accuracy")
    boards = dict.fromkeys(row.board for row, _ in known)
    series = tuple(Series(board, tuple(point for row, point in known if row.board == board)) for board in boards)
    labels = FIGURES[x].label, "accuracy" if y == "accuracy" else FIGURES[y].label
    title = f"{labels[1].capitalize()}{of} against {labels[0]}"
    chart = Chart("cloud", title, labels[0], labels[1], series, frontier=tuple(points[number] for number in best), small=True)
    yield chart, tuple((title, known[n][0].name, _shown(points[n][1], y), written(points[n][0], FIGURES[x].kind)) for n in best)


def _named(found: Sequence[tuple[Chart, Cells]]) -> Iterator[Block]:
    """Which cells are on the frontiers: no chart has room for their names."""
    rows = tuple(row for _, cells in found for row in cells)
    if rows:
        yield Table(("frontier", "cell", "figure", "against"), rows, "On the frontiers", is_folded=False)


def _shown(value: float, name: str) -> str:
    return share(value) if name == "accuracy" else written(value, FIGURES[name].kind)


def _reasons(rows: Sequence[MatrixAnswer]) -> Iterator[Block]:
    """Why cells did not pass, each reason once."""
    about: dict[str, list[str]] = {}
    for row in rows:
        for reason in row.reasons:
            about.setdefault(reason, []).append(row.name)
    yield from (Note(f"{'; '.join(names)}: {reason}", "bad") for reason, names in about.items())
