"""A report in at most twenty lines: verdict and accuracy first, sizes, one line of parity.  `to_text` has everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mcu_toolkit.artifacts import Comparison, RegressionScore
from mcu_toolkit.report.difference_views import changed_line
from mcu_toolkit.report.record import NOT_COMPARED_WITH_TFLM, Report
from mcu_toolkit.report.scores_text import class_lines
from mcu_toolkit.report.text_view import layer_table, verdict_line
from mcu_toolkit.runners import roles
from mcu_toolkit.terminal_text import visible_line
from mcu_toolkit.units import format_bytes, format_percent

MOST_LINES = 20
_MOST_REASONS = 5
_MOST_OUTPUTS = 3
_WIDTH = 9


def to_summary(report: Report, width: int | None = None) -> str:
    """The report as lines of text without a final line end; the layers, where they were asked for, come behind it.

    `width` is the terminal's, for a table that has more columns than fit.
    """
    head = [
        verdict_line(report),
        *_some([f"  {visible_line(reason)}" for reason in report.reasons], _MOST_REASONS, "reasons"),
        *(_labelled(label, text) for label, text in accuracy_rows(report)),
    ]
    facts = [_labelled(label, text) for label, text in fact_rows(report)]
    classes = class_lines(report.scores)
    # Who is taken for whom is said where there is room for it and a remark; a run with many reasons has -v for it.
    lines = [*head, *(classes if len(head) + len(classes) + len(facts) < MOST_LINES else []), *facts]
    remarks = [f"not run: {one.runner}: {one.why.splitlines()[0] if one.why else ''}" for one in report.not_run]
    remarks += [f"note: {visible_line(note)}" for note in report.notes]
    lines += _some(remarks, max(1, MOST_LINES - len(lines)), "notes")
    layers = layer_table(report, width)
    return "\n".join([*lines, *([""] if layers else []), *layers])


def _some(lines: Sequence[str], most: int, what: str) -> list[str]:
    if len(lines) <= most:
        return list(lines)
    return [*lines[: most - 1], f"  and {len(lines) - most + 1} more {what}: -v shows them"]


def _labelled(label: str, text: str) -> str:
    return f"{label:<{_WIDTH}} {text}"


def accuracy_rows(report: Report) -> list[tuple[str, str]]:
    """(label, text) of the runner nearest to the board, and the float model where there is one; each output of several."""
    if report.accuracy_by_output:
        rows = [(f"{visible_line(name)}: {_of_runners(values)}") for name, values in report.accuracy_by_output.items()]
        return [("accuracy", row) for row in _some(rows, _MOST_OUTPUTS, "outputs")]
    if report.accuracy:
        return [("accuracy", _of_runners(report.accuracy))]
    scores = report.scores.overall
    nearest = next((name for name in roles.nearest_to_the_board() if name in scores), None)
    score = None if nearest is None else scores[nearest]
    if not isinstance(score, RegressionScore):
        return []
    r2 = "" if score.r2 is None else f", R2 {score.r2:.4f}"
    return [("error", f"{nearest}: MAE {score.mae:.4g}, RMSE {score.rmse:.4g}{r2} over {score.samples:,} samples")]


def _of_runners(values: Mapping[str, float]) -> str:
    nearest = next((name for name in roles.nearest_to_the_board() if name in values), None)
    shown = [name for name in dict.fromkeys((nearest, roles.FLOAT)) if name is not None and name in values]
    return ", ".join(f"{name} {format_percent(values[name])}" for name in shown)


def fact_rows(report: Report) -> Iterator[tuple[str, str]]:
    """(label, text) of parity, model, board, sizes and work, as far as they are known."""
    yield "parity", _parity(report)
    yield "model", f"{visible_line(report.model_name)} (sha256 {report.model_sha256[:16]}...)"
    if report.board is not None:
        build = "" if report.build_id is None else f", build {report.build_id}"
        yield "board", f"{report.board}, {report.runtime} runtime{build}"
    marks, size = report.watermarks, report.footprint
    if size is not None:
        flash_left, ram_left = (None, None) if marks is None else (marks.flash_left_bytes, marks.ram_left_bytes)
        parts = f"code {format_bytes(size.code_bytes)}, weights {format_bytes(size.weights_bytes)}"
        yield "flash", f"{format_bytes(size.flash_bytes)}: {parts}{_left(flash_left)}"
        yield "RAM", f"{format_bytes(size.ram_bytes)} without stack, arena {format_bytes(size.arena_bytes)}{_left(ram_left)}"
    if report.stack_bytes is not None:
        of = "" if report.stack_reserved_bytes is None else f" of {format_bytes(report.stack_reserved_bytes)}"
        yield "stack", f"{format_bytes(report.stack_bytes)}{of} used"
    work = list(_work(report))
    if work:
        yield "inference", ", ".join(work)
    if report.frontend is not None:
        yield "front end", report.frontend.text
    if report.difference is not None:
        yield "baseline", changed_line(report.difference)
    if report.files:
        yield "written", ", ".join(map(str, report.files))


def _left(count: int | None) -> str:
    return "" if count is None else f"; {format_bytes(count)} left"


def _work(report: Report) -> Iterator[str]:
    if report.instructions is not None:
        yield f"{report.instructions:,} instructions"
    if report.cycles is not None:
        yield report.cycles.text
    if report.latency_us is not None:
        yield f"{report.latency_us:,.0f} us"


def _parity(report: Report) -> str:
    """The runner nearest to the board against the golden one, and who else differs."""
    ordered = sorted(report.comparisons, key=lambda one: one.a not in roles.must_be_equal())
    if not ordered:
        return f"nothing was compared with {report.golden}"
    first, others = ordered[0], [one for one in ordered[1:] if one.a in roles.must_be_equal() and one.differing_bytes]
    caveat = "" if report.compared_with_tflm else f", {NOT_COMPARED_WITH_TFLM}"
    return "; ".join([f"{_compared(first)}{caveat}", *map(_compared, others)])


def _compared(one: Comparison) -> str:
    if not one.differing_bytes:
        return f"{one.a} and {one.b} are {one.level.value} in {one.samples:,} samples"
    distance = f"{one.differing_bytes:,} bytes in {one.differing_samples:,} of {one.samples:,} samples, by up to {one.max_lsb:,} LSB"
    return f"{one.a} differs from {one.b}: {distance} ({one.level.value})"
