"""Results that compare choices: schemes of quantization, kernel variants, what quantization costs at each layer."""

from __future__ import annotations

from mcu_toolkit.report.page.blocks import Block, Chart, Note, Section, Series, Table, Tone
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


def tuned(run: Run) -> Section:
    """What each kernel variant of each layer costs, and which were chosen."""
    rows: list[tuple[str, ...]] = []
    tones: list[Tone] = []
    for layer in run.tuned:
        for one in layer.candidates:
            chosen = one.variant == layer.variant
            mark = "chosen" if chosen else ""
            mark += (", default" if mark else "default") if one.variant == layer.default else ""
            cycles = NONE if one.estimated_cycles is None else f"{one.estimated_cycles:,}"
            numbers = (f"{one.instructions:,}", f"{one.code_bytes:,}", f"{one.weights_bytes:,}", f"{one.ram_bytes:,}")
            rows.append((str(layer.index), layer.operator, one.variant, cycles, *numbers, mark))
            tones.append("good" if chosen else "plain")
    blocks: list[Block] = []
    if run.totals:
        keys = list(dict.fromkeys(key for figures in run.totals.values() for key in figures))
        cells = {key: [f"{figures[key]:,}" if key in figures else NONE for figures in run.totals.values()] for key in keys}
        whole = tuple((key.replace("_", " "), *cells[key]) for key in keys)
        blocks.append(Table(("whole inference", *run.totals), whole, "Default and chosen variants"))
    columns = ("layer", "operator", "variant", "est. cycles", "instructions", "code, bytes", "weights, bytes", "RAM, bytes", "choice")
    blocks.append(Table(columns, tuple(rows), "Kernel variants that were measured", tones=tuple(tones)))
    lead = f"Measured on {run.board}" + (f", {run.compiler}." if run.compiler else ".")
    return Section("tuned", "Kernel variants", lead, tuple(blocks))


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
