"""Results that compare choices: schemes of quantization, what quantization costs at each layer."""

from __future__ import annotations

from mcu_toolkit.report.page.blocks import Block, Chart, Note, Section, Series, Table
from mcu_toolkit.report.page.run import Run
from mcu_toolkit.report.page.words import NONE, number, share, written

_BARS_SHOWN = 200


def schemes(run: Run) -> Section:
    """Float against each scheme."""
    rows = tuple(
        (
            row.scheme,
            written(row.size_bytes, "bytes"),
            share(row.ratio_to_float),
            share(row.accuracy) if row.accuracy is not None else NONE,
            number(row.error),
            ", ".join(row.runtimes) or NONE,
            str(len(row.boards)) if row.boards else NONE,
            row.refusal or row.kind,
        )
        for row in run.schemes
    )
    columns = ("scheme", "size", "of float32", "accuracy", "error", "runtimes", "boards", "kind")
    blocks: list[Block] = [Table(columns, rows)]
    made = [row for row in run.schemes if row.size_bytes is not None]
    names = tuple(row.scheme for row in made)
    sizes = tuple((float(place), float(row.size_bytes or 0)) for place, row in enumerate(made))
    blocks.append(Chart("bars", "Size of the file", "", "bytes", (Series("size", sizes),), names, horizontal=True, small=True))
    quality = [(float(place), row.accuracy if row.accuracy is not None else row.error) for place, row in enumerate(made)]
    known = tuple((place, value) for place, value in quality if value is not None)
    if known:
        word = "accuracy" if any(row.accuracy is not None for row in made) else "error"
        blocks.append(Chart("bars", word.capitalize(), "", word, (Series(word, known),), names, horizontal=True, small=True))
    fitting: dict[tuple[str, ...], list[str]] = {}
    for row in run.schemes:
        if row.boards:
            fitting.setdefault(row.boards, []).append(row.scheme)
    blocks += [Note(f"Boards for {', '.join(names_of)}: {', '.join(boards)}") for boards, names_of in fitting.items()]
    return Section("schemes", "Schemes", "The float model against each scheme.", tuple(blocks))


def explained(run: Run) -> Section:
    """What quantization loses at each layer."""
    rows = tuple(
        (one.name, one.operator, "exact" if one.sqnr_db is None else f"{one.sqnr_db:.1f}", f"{one.output_error:.4g}") for one in run.losses
    )
    shown = run.losses[:_BARS_SHOWN]
    points = tuple((float(place), one.output_error) for place, one in enumerate(shown))
    names = tuple(one.name for one in shown)
    chart = Chart("bars", "Error at the output by layer", "", "mean squared error", (Series("error", points),), names, horizontal=True)
    table = Table(("layer", "operator", "SQNR, dB", "error at the output"), rows)
    return Section("losses", "What it costs", "Each layer's own share of the output's error.", (chart, table))
