"""Answers of single commands: what fits, what a model says, what changed since a baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from mcu_toolkit.report.difference import Difference, Row
from mcu_toolkit.report.difference_views import HEADINGS, cells_of, title, verdict_line
from mcu_toolkit.report.page.blocks import Block, Chart, Note, Section, Series, Table, Tone
from mcu_toolkit.report.page.run import FitAnswer, PredictionAnswer, Run
from mcu_toolkit.report.page.words import NONE, number, share, written

_VALUES_SHOWN = 12
_BOARDS_SHOWN, _CLASSES_SHOWN, _BINS = 6, 30, 20
_ENOUGH = 8
"""Inputs, for a chart."""
_FIT_COLUMNS = ("board", "runtime", "flash", "arena", "RAM without stack", "stack", "cycles, millions", "verdict")
_ROW_TONES: dict[str, Tone] = {"regression": "bad", "better": "good"}


def fits(run: Run) -> Section:
    """Boards and runtimes, with what each firmware is predicted to take there."""
    firmwares = list(dict.fromkeys(row.model for row in run.fits))
    blocks: list[Block] = []
    for firmware in firmwares:
        rows = [row for row in run.fits if row.model == firmware]
        tones: tuple[Tone, ...] = tuple("good" if row.verdict == "fits" else "bad" for row in rows)
        blocks.append(Table(_FIT_COLUMNS, tuple(map(_fit_cells, rows)), firmware, tones=tones, is_folded=False))
        blocks += _reasons(rows, firmware)
    count = sum(row.verdict == "fits" for row in run.fits)
    lead = f"{count} of {len(run.fits)} fit. Predicted: nothing was built."
    return Section("fits", "Boards and runtimes", lead, tuple(blocks))


def predictions(run: Run) -> Section:
    """What the model says about each input."""
    classified = any(one.class_index is not None for one in run.predictions)
    columns = ("input", "class", "probability", "outputs") if classified else ("input", "outputs")
    rows = tuple(_prediction_cells(one, classified=classified) for one in run.predictions)
    blocks: list[Block] = [*_overview(run.predictions), Table(columns, rows, is_folded=False), *(Note(text) for text in run.notes)]
    return Section("predictions", "Answers", f"{len(rows):,} input{'s' if len(rows) != 1 else ''}.", tuple(blocks))


def comparison(run: Run) -> Section:
    """What changed since the baseline, and what of it is a regression."""
    blocks: list[Block] = [Note(reason, "bad") for reason in run.reasons]
    blocks += [_difference(one) for one in run.differences]
    blocks += [Note(text) for one in run.differences for text in one.notes]
    return Section("comparison", "Changes", f"{verdict_line(run.differences).removeprefix('verdict: ')}.", tuple(blocks))


def _fit_cells(row: FitAnswer) -> tuple[str, ...]:
    sizes = (row.flash_bytes, row.arena_bytes, row.ram_bytes, row.stack_bytes)
    cycles = NONE if row.cycles is None else f"{_millions(row.cycles[0])} to {_millions(row.cycles[1])}"
    return (row.board, row.runtime, *(written(size, "bytes") for size in sizes), cycles, _verdict(row))


def _verdict(row: FitAnswer) -> str:
    """With `+ core` where a board's Arduino core comes on top."""
    core = row.verdict == "fits" and any(line.startswith("+ core") for line in row.why)
    return f"{row.verdict} + core" if core else row.verdict


def _millions(cycles: int) -> str:
    return f"{cycles / 1e6:.3g}"


def _reasons(rows: Sequence[FitAnswer], firmware: str) -> Iterator[Table]:
    """Each remark once, with the boards that it is about; what would help before what is known."""
    found: dict[tuple[str, str], list[FitAnswer]] = {}
    for kind in ("why", "would fit"):
        for row in sorted(rows, key=lambda one: one.verdict == "fits"):
            for text in row.why if kind == "why" else row.would_fit:
                found.setdefault((kind, text), []).append(row)
    if found:
        cells = tuple((_named(about, rows), kind, text) for (kind, text), about in found.items())
        caption = "Why, and what would make it fit"
        yield Table(
            ("board and runtime", "what", "remark"), cells, f"{firmware}: {caption.lower()}" if firmware else caption, is_folded=False
        )


def _named(about: Sequence[FitAnswer], rows: Sequence[FitAnswer]) -> str:
    """`microbit, aot`, or `every board, tflm` where it is said of all."""
    runtimes = dict.fromkeys(row.runtime for row in about)
    counts = [Counter(row.runtime for row in some) for some in (about, rows)]
    everywhere = [runtime for runtime in runtimes if counts[0][runtime] == counts[1][runtime] > 1]
    named = [f"every board, {runtime}" for runtime in everywhere]
    rest = [row for row in about if row.runtime not in everywhere]
    shown = [f"{row.board}, {row.runtime}" for row in rest[:_BOARDS_SHOWN]]
    more = [f"{len(rest) - _BOARDS_SHOWN} more"] if len(rest) > _BOARDS_SHOWN else []
    return "; ".join([*named, *shown, *more])


def _overview(found: Sequence[PredictionAnswer]) -> Iterator[Block]:
    """How often each class was said, and how surely, where there are enough inputs for a picture."""
    classes = Counter(one.label or f"class {one.class_index}" for one in found if one.class_index is not None)
    if len(found) < _ENOUGH or not classes:
        return
    names = tuple(name for name, _ in classes.most_common(_CLASSES_SHOWN))
    counts = tuple((float(place), float(classes[name])) for place, name in enumerate(names))
    yield Chart("bars", "Classes", "", "inputs", (Series("inputs", counts),), names, horizontal=True, small=True)
    bins = Counter(min(int(max(0.0, min(one.probability, 1.0)) * _BINS), _BINS - 1) for one in found if one.probability is not None)
    if bins:
        bars = tuple(((place + 0.5) / _BINS, float(bins[place])) for place in range(_BINS))
        yield Chart("bars", "Probability of the class", "probability", "inputs", (Series("inputs", bars),), small=True)


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
