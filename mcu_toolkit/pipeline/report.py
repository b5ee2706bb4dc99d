"""`mcu report`: results of any command as one page, Markdown, JUnit XML or JSON; and the page that a command leaves beside its result."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.errors import InputError, McuError
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.report.page import libraries
from mcu_toolkit.report.page.results import labelled, read_results, run_of
from mcu_toolkit.report.page.write import Format, format_for, written_as
from mcu_toolkit.system.confined import write_inside
from mcu_toolkit.system.files import write_text
from mcu_toolkit.system.json_table import JsonTable
from mcu_toolkit.system.parsing import json_value
from mcu_toolkit.terminal_text import visible, visible_line

STANDARD_OUTPUT = Path("-")


@dataclass(frozen=True)
class ReportedRun:
    """One of the results."""

    source: Path
    label: str
    verdict: str


@dataclass(frozen=True)
class ReportResult:
    """What `mcu report` wrote."""

    file: Path
    """`-` for standard output."""
    format: Format
    size_bytes: int
    charts: bool
    """False where the page's libraries are not on this machine: tables and static pictures."""
    runs: tuple[ReportedRun, ...]


def report(results: Sequence[Path], output: Path | None, form: str | None, *, static: bool = False) -> StepResult[ReportResult]:
    """Read `results` and write them as `form`; raises InputError for what is no result, and where `output` is one of them."""
    chosen = format_for(form, output)
    if output is None:
        output = Path("report.html") if chosen == "html" else STANDARD_OUTPUT
    if any(output.resolve() == path.resolve() for path in results):
        raise InputError("is a result, and would be overwritten", on=output, expected="another file with -o")
    runs = read_results(results)
    with_libraries = not static and libraries.fetched() is not None
    text = written_as(runs, chosen, with_libraries=with_libraries)
    if output == STANDARD_OUTPUT:
        sys.stdout.write(visible(text))
    else:
        write_text(output, text)
    facts = ReportResult(
        file=output,
        format=chosen,
        size_bytes=len(text.encode("utf-8")),
        charts=with_libraries,
        runs=tuple(ReportedRun(Path(run.source), run.label, run.verdict) for run in runs),
    )
    return StepResult("report", () if output == STANDARD_OUTPUT else tuple(_lines(facts, static=static)), facts)


def _lines(facts: ReportResult, *, static: bool) -> list[str]:
    lines = [f"{run.verdict:5} {visible_line(run.label)}" for run in facts.runs]
    if facts.format == "html" and not facts.charts and not static:
        lines.append("the chart libraries are not on this machine: the page has tables and static pictures")
    return [*lines, f"page: {facts.file}  ({facts.size_bytes / 1e6:,.2f} MB)"]


def write_page(folder: Path, name: str, texts: Sequence[str], progress: Progress, *, before: Sequence[JsonTable] = ()) -> Path | None:
    """Write the page of results, given as JSON, to `folder / name`; None where that is not possible: `progress` then says why.

    It shows what changed since the reports `before`, a baseline in their JSON form.
    The page is an extra: what the command was asked for does not depend on it.
    """
    try:
        runs = labelled([*(run_of(one.plain, "baseline.json") for one in before), *(run_of(json_value(text), name) for text in texts)])
        write_inside(folder, name, written_as(runs, "html").encode("utf-8"))
    except McuError as error:
        progress.note(f"no page of the result: {error.what}")
        return None
    return folder / name
