"""A report as plain text with aligned columns, for a terminal or a log."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_toolkit.report.cycles import band_text
from mcu_toolkit.report.difference_views import baseline_lines
from mcu_toolkit.report.record import NOT_COMPARED_WITH_TFLM, Report
from mcu_toolkit.report.scores_text import score_lines
from mcu_toolkit.report.table import table
from mcu_toolkit.runners import roles
from mcu_toolkit.units import format_bytes, format_percent

_FUNCTIONS_SHOWN = 12
_CLASSES_SHOWN = 16


def to_text(report: Report, width: int | None = None) -> str:
    """The report as lines of text without colours and without a final line end.

    `width` is the terminal's: a table with more columns than fit becomes several, one below the other.
    """
    blocks = [
        _pairs(_facts(report)),
        table(("compared", "with", "samples", "differing", "bytes", "max LSB", "parity"), _comparison_rows(report)),
        table(("accuracy", "", *report.accuracy_by_output), _accuracy_rows(report), width),
        score_lines(report.scores),
        table(("against " + report.golden, *report.metrics), _metric_rows(report), width),
        table(("pair", "", "same class", "max LSB", "parity"), _cross_rows(report)),
        *_confusions(report),
        _pairs(_sizes(report)),
        _pairs(_watermarks(report)),
        _durations(report),
        layer_table(report, width),
        table(("function", "instructions", "M cycles, est.", "share"), _function_rows(report)),
        [line for one in report.not_run for line in f"not run: {one.runner}: {one.why}".splitlines()],
        [] if report.difference is None else baseline_lines(report.difference),
        [f"note: {note}" for note in report.notes],
        [f"written: {', '.join(map(str, report.files))}"] if report.files else [],
        [verdict_line(report), *(f"  {reason}" for reason in report.reasons)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _facts(report: Report) -> list[tuple[str, str]]:
    facts = [("model", f"{report.model_name}  (sha256 {report.model_sha256[:16]}...)")]
    if report.board is not None:
        facts.append(("board", report.board))
    if report.runtime is not None:
        facts.append(("runtime", report.runtime))
    if report.build_id is not None:
        facts.append(("image", f"build {report.build_id}"))
    return [*facts, ("golden", report.golden if report.compared_with_tflm else f"{report.golden}, {NOT_COMPARED_WITH_TFLM}")]


def _comparison_rows(report: Report) -> list[tuple[str, ...]]:
    return [
        (c.a, c.b, f"{c.samples:,}", f"{c.differing_samples:,}", f"{c.differing_bytes:,}", f"{c.max_lsb:,}", c.level.value)
        for c in report.comparisons
    ]


def _accuracy_rows(report: Report) -> list[tuple[str, ...]]:
    """A row a runner: over all outputs, and by output where there are several."""
    return [
        (name, format_percent(value), *(format_percent(values[name]) for values in report.accuracy_by_output.values()))
        for name, value in report.accuracy.items()
    ]


def _metric_rows(report: Report) -> list[tuple[str, ...]]:
    """A row a metric, so that a terminal of 80 columns holds five runners; nothing where no runner was measured."""
    measured = report.metrics.values()
    if not measured:
        return []
    numbers = [(name, [f"{getattr(m, name):.6g}" for m in measured]) for name in ("rmse", "mae", "l2r", "mean", "std", "nse", "cos")]
    return [("acc", *("-" if m.acc is None else format_percent(m.acc) for m in measured)), *((name, *row) for name, row in numbers)]


def _cross_rows(report: Report) -> list[tuple[str, ...]]:
    return [
        (
            one.a,
            one.b,
            "-" if one.same_class is None else format_percent(one.same_class),
            "-" if one.max_lsb is None else f"{one.max_lsb:,}",
            "-" if one.level is None else one.level.value,
        )
        for one in report.cross
    ]


def _confusions(report: Report) -> list[list[str]]:
    """The classes of a runner against the golden runner's, where they differ and a line holds them."""
    blocks = []
    for name, m in report.metrics.items():
        count = len(m.confusion)
        if m.acc is None or m.acc == 1.0 or not 2 <= count <= _CLASSES_SHOWN:
            continue
        rows = [(str(number), *(f"{cell:,}" for cell in row)) for number, row in enumerate(m.confusion)]
        blocks.append(table((f"{report.golden} \\ {name}", *map(str, range(count))), rows))
    return blocks


def _sizes(report: Report) -> list[tuple[str, str]]:
    sizes = []
    if report.footprint is not None:
        f = report.footprint
        sizes += [
            ("flash", f"{format_bytes(f.flash_bytes)}  (code {format_bytes(f.code_bytes)}, weights {format_bytes(f.weights_bytes)})"),
            ("RAM", f"{format_bytes(f.ram_bytes)} without stack  (arena {format_bytes(f.arena_bytes)})"),
        ]
    if report.stack_bytes is not None:
        sizes.append(("stack used", format_bytes(report.stack_bytes)))
    if report.instructions is not None:
        per_mac = f"  ({report.instructions / report.macs:.2f} per MAC)" if report.macs else ""
        sizes.append(("per inference", f"{report.instructions:,} instructions{per_mac}"))
    if report.cycles is not None:
        sizes.append(("per inference", report.cycles.text))
    if report.latency_us is not None:
        sizes.append(("per inference", f"{report.latency_us:,.0f} us"))
    if report.frontend is not None:
        sizes.append(("front end", report.frontend.text))
    return sizes


_LAYER_COLUMNS = {
    "macs": "MACs",
    "instructions": "instructions",
    "estimated_cycles": "M cycles, est.",
    "measured_cycles": "cycles",
    "latency_us": "us",
    "code_bytes": "code",
    "weights_bytes": "weights",
    "ram_bytes": "RAM",
    "size_bytes": "bytes",
    "differing_samples": "differing samples",
    "differing_bytes": "differing bytes",
    "max_lsb": "max LSB",
}


def _durations(report: Report) -> list[str]:
    found = report.durations
    if found is None:
        return []
    values = (f"{value:,}" for value in (found.min, found.median, found.p95, found.p99, found.max))
    return table((f"{found.unit} per inference", "min", "median", "p95", "p99", "max"), [(f"{found.samples:,} samples", *values)])


def _watermarks(report: Report) -> list[tuple[str, str]]:
    marks = report.watermarks
    if marks is None:
        return []
    rows = [("stack", marks.stack_used_bytes, marks.stack_reserved_bytes), ("arena", marks.arena_used_bytes, marks.arena_bytes)]
    lines = [(name, f"{format_bytes(used)} of {format_bytes(of)} used") for name, used, of in rows if used is not None and of]
    left = (("RAM left", marks.ram_left_bytes), ("flash left", marks.flash_left_bytes))
    lines += [(name, format_bytes(value)) for name, value in left if value is not None]
    if report.clock_hz is not None:
        lines.append(("clock", f"{report.clock_hz / 1e6:,.6g} MHz"))
    return [*lines, *((name, f"not known: {why}") for name, why in report.unknown.items())]


def layer_table(report: Report, width: int | None = None) -> list[str]:
    """The columns that were measured, in several tables where `width` does not hold them side by side."""
    columns = {field: title for field, title in _LAYER_COLUMNS.items() if any(getattr(one, field) is not None for one in report.layers)}
    named = any(layer.name for layer in report.layers)
    with_variants = any(layer.kernel_variant for layer in report.layers)
    with_ratio = {"macs", "instructions"} <= set(columns)
    rows = []
    for layer in report.layers:
        operator = layer.operator + "".join(f" + {number}" for number in layer.merged) + (" as a cascade" if layer.rows else "")
        values = (_cell(report, field, getattr(layer, field)) for field in columns)
        name = (*((layer.name or "",) if named else ()), *((layer.kernel_variant or "-",) if with_variants else ()))
        ratio = (f"{(layer.instructions or 0) / layer.macs:.2f}" if layer.macs else "-",) if with_ratio else ()
        rows.append((str(layer.index), operator, *name, *values, *ratio))
    if report.glue is not None:
        known = {"instructions": report.glue.instructions, "estimated_cycles": report.glue.estimated_cycles}
        blank = ("-",) * (named + with_variants)
        numbers = (_cell(report, field, known.get(field)) for field in columns)
        rows.append(("-", report.glue.name, *blank, *numbers, *(("-",) if with_ratio else ())))
    heads = (*(("tensor",) if named else ()), *(("variant",) if with_variants else ()))
    return table(("layer", "operator", *heads, *columns.values(), *(("per MAC",) if with_ratio else ())), rows, width, keys=2)


def _cell(report: Report, field: str, value: int | None) -> str:
    """A figure of a layer; an estimate of cycles as the band that the whole inference has."""
    if value is None:
        return "-"
    band = report.cycles.share_of(value) if field == "estimated_cycles" and report.cycles is not None else None
    return f"{value:,}" if band is None else band_text(band)


def _function_rows(report: Report) -> list[tuple[str, ...]]:
    """The share is of cycles where the manual gives them, else of instructions."""
    rows: list[tuple[str, ...]] = []
    for one in report.functions[:_FUNCTIONS_SHOWN]:
        part, whole = (
            (one.estimated_cycles, report.estimated_cycles) if report.estimated_cycles else (one.instructions, report.instructions)
        )
        cycles = _cell(report, "estimated_cycles", one.estimated_cycles)
        rows.append((one.name, f"{one.instructions:,}", cycles, format_percent((part or 0) / (whole or 1))))
    return rows


def verdict_line(report: Report) -> str:
    """The verdict in a line."""
    if report.verdict == "fail":
        return "verdict: FAIL"
    if report.board is None:
        return "verdict: pass"
    caveat = "" if report.compared_with_tflm else f" ({NOT_COMPARED_WITH_TFLM})"
    distance = max((found.max_lsb for found in report.comparisons if found.a == roles.DEVICE), default=0)
    if distance:
        return f"verdict: pass - {report.board} computes what {report.golden} does, to within {distance:,} LSB{caveat}"
    return f"verdict: pass - {report.board} computes exactly what {report.golden} does{caveat}"


def _pairs(pairs: Sequence[tuple[str, str]]) -> list[str]:
    width = max((len(name) for name, _ in pairs), default=0)
    return [f"{name:<{width}}  {value}" for name, value in pairs]
