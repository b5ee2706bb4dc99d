"""Does the board compute what the host does, and how far off is each runner?"""

from __future__ import annotations

from mcu_toolkit.report.details import ErrorDetail
from mcu_toolkit.report.page.blocks import Block, Chart, Note, Section, Series, Table, Tone
from mcu_toolkit.report.page.run import Run
from mcu_toolkit.report.page.words import NONE, number, share

_MAX_CONFUSED = 16


def section(run: Run) -> Section | None:
    """Comparisons, distances, histograms of errors, and the table of every pair."""
    if not run.comparisons and not run.metrics:
        return None
    tones: tuple[Tone, ...] = tuple("good" if not one.differing_bytes else "plain" for one in run.comparisons)
    rows = tuple(
        (one.a, one.b, f"{one.samples:,}", f"{one.differing_samples:,}", f"{one.differing_bytes:,}", f"{one.max_lsb:,}", one.level.value)
        for one in run.comparisons
    )
    columns = ("compared", "with", "samples", "differing", "bytes", "max LSB", "parity")
    blocks: list[Block] = [Table(columns, rows, "Outputs, byte by byte", tones=tones)]
    if run.divergence is not None:
        blocks.append(Note(f"First divergence: {run.divergence}", "bad"))
    blocks += [_histogram(one) for one in run.details.errors if any(one.histogram.counts)]
    blocks += _distances(run)
    if run.cross:
        pairs = tuple(
            (
                one.a,
                one.b,
                share(one.same_class),
                NONE if one.max_lsb is None else f"{one.max_lsb:,}",
                one.level.value if one.level else NONE,
            )
            for one in run.cross
        )
        blocks.append(Table(("a", "b", "same class", "max LSB", "parity"), pairs, "Every pair of runners"))
    return Section("parity", "Parity", f"Each runner's outputs against those of {run.golden}.", tuple(blocks))


def _histogram(error: ErrorDetail) -> Chart:
    low, high, counts = error.histogram.low, error.histogram.high, error.histogram.counts
    width = (high - low) / len(counts)
    points = tuple((low + (place + 0.5) * width, float(count)) for place, count in enumerate(counts))
    title = f"Errors of {error.runner}"
    return Chart("bars", title, f"difference, {error.unit}", "elements", (Series(error.runner, points),), y_log=True, small=True)


def _distances(run: Run) -> list[Block]:
    names = ("rmse", "mae", "l2r", "mean", "std", "nse", "cos")
    if not run.metrics:
        return []
    rows = tuple((name, *(number(getattr(one, name)) for one in run.metrics.values())) for name in names)
    blocks: list[Block] = [Table(("measure", *run.metrics), rows, f"Distance from {run.golden} (first output, real values)")]
    for runner, one in run.metrics.items():
        count = len(one.confusion)
        if one.acc is not None and one.acc < 1 and 2 <= count <= _MAX_CONFUSED:
            cells = tuple((str(place), *map(str, row)) for place, row in enumerate(one.confusion))
            shades = tuple((0.0, *(cell / max(1, sum(row)) for cell in row)) for row in one.confusion)
            title = f"Classes of {runner} (columns) against {run.golden} (rows)"
            blocks.append(Table((f"{run.golden} \\ {runner}", *map(str, range(count))), cells, title, shades))
    return blocks
