"""Answers of single commands: what fits, what a model says, what changed since a baseline."""

from __future__ import annotations

from mcu_toolkit.report.difference import Difference, Row
from mcu_toolkit.report.difference_views import HEADINGS, cells_of, title, verdict_line
from mcu_toolkit.report.page.blocks import Block, Note, Section, Table, Tone
from mcu_toolkit.report.page.run import FitAnswer, PredictionAnswer, Run
from mcu_toolkit.report.page.words import NONE, number, share, written

_VALUES_SHOWN = 12
_ROW_TONES: dict[str, Tone] = {"regression": "bad", "better": "good"}


def fits(run: Run) -> Section:
    """Boards and runtimes, with what a model is predicted to take there."""
    with_model = any(row.model for row in run.fits)
    columns = ("board", "runtime", "verdict", "flash", "arena", "RAM without stack", "stack", "cycles", "why, and what would fit")
    rows = tuple((*((row.model,) if with_model else ()), *_fit_cells(row)) for row in run.fits)
    tones: tuple[Tone, ...] = tuple("good" if row.verdict == "fits" else "bad" for row in run.fits)
    count = sum(row.verdict == "fits" for row in run.fits)
    lead = f"{count} of {len(run.fits)} fit. Predicted: nothing was built."
    table = Table((*(("model",) if with_model else ()), *columns), rows, tones=tones)
    return Section("fits", run.label.capitalize(), lead, (table,))


def predictions(run: Run) -> Section:
    """What the model says about each input."""
    classified = any(one.class_index is not None for one in run.predictions)
    columns = ("input", "class", "probability", "outputs") if classified else ("input", "outputs")
    rows = tuple(_prediction_cells(one, classified=classified) for one in run.predictions)
    notes = tuple(Note(text) for text in run.notes)
    return Section("predictions", run.label.capitalize(), f"{len(rows):,} inputs.", (Table(columns, rows), *notes))


def comparison(run: Run) -> Section:
    """What changed since the baseline, and what of it is a regression."""
    blocks: list[Block] = [Note(reason, "bad") for reason in run.reasons]
    blocks += [_difference(one) for one in run.differences]
    blocks += [Note(text) for one in run.differences for text in one.notes]
    return Section("comparison", run.label.capitalize(), f"{verdict_line(run.differences).removeprefix('verdict: ')}.", tuple(blocks))


def _fit_cells(row: FitAnswer) -> tuple[str, ...]:
    sizes = (row.flash_bytes, row.arena_bytes, row.ram_bytes, row.stack_bytes)
    cycles = NONE if row.cycles is None else f"{row.cycles[0]:,} to {row.cycles[1]:,}"
    said = "; ".join((*row.why, *row.would_fit))
    return (row.board, row.runtime, row.verdict, *(written(size, "bytes") for size in sizes), cycles, said)


def _prediction_cells(one: PredictionAnswer, *, classified: bool) -> tuple[str, ...]:
    outputs = "; ".join(f"{name}: {_values(values)}" for name, values in one.outputs.items())
    if not classified:
        return (one.input, outputs)
    named = NONE if one.class_index is None else one.label or str(one.class_index)
    return (one.input, named, NONE if one.probability is None else share(one.probability), outputs)


def _values(values: tuple[float | None, ...]) -> str:
    more = f" ... {len(values) - _VALUES_SHOWN} more" if len(values) > _VALUES_SHOWN else ""
    return " ".join(NONE if value is None else number(value) for value in values[:_VALUES_SHOWN]) + more


def _difference(one: Difference) -> Table:
    return Table(HEADINGS, tuple(cells_of(row) for row in one.rows), title(one), tones=tuple(map(_tone, one.rows)))


def _tone(row: Row) -> Tone:
    return _ROW_TONES.get(row.state, "plain")
