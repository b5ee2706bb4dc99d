"""`mcu compare`, `--baseline`: did it get worse?"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.errors import InputError
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.report import Report, read_reports, to_document
from mcu_toolkit.report.difference import Difference, difference
from mcu_toolkit.report.difference_views import difference_junit, difference_markdown, difference_text
from mcu_toolkit.report.fail_on import FailOn, default_fail_on, parse_fail_on
from mcu_toolkit.system.files import write_text
from mcu_toolkit.system.json_table import JsonTable

FORMATS = ("text", "md")
_MOST_REPORTS = 1000


@dataclass(frozen=True)
class CompareRequest:
    """The options of `mcu compare`."""

    base: Path
    """A file that --json wrote, or the folder of a deployment."""
    new: Path
    fail_on: str | None = None
    junit: Path | None = None
    markdown: bool = False
    """Print Markdown instead of text."""


@dataclass(frozen=True)
class CompareResult:
    """Every model of both sides."""

    fail_on: str
    regressions: tuple[str, ...]
    """Of all models, one sentence each; empty where the verdict is yes."""
    missing: tuple[str, ...]
    """Models of the baseline that the new reports do not have."""
    added: tuple[str, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Baseline:
    """What a run is compared with: read before anything runs."""

    path: Path
    reports: tuple[JsonTable, ...]
    fail_on: FailOn


def fail_on_of(text: str | None) -> FailOn:
    """`--fail-on`, or what counts without it."""
    return default_fail_on() if text is None else parse_fail_on(text)


def open_baseline(path: Path | None, fail_on: str | None) -> Baseline | None:
    """`--baseline` and `--fail-on`; raises InputError where there is no report, or a rule and no baseline."""
    if path is None:
        if fail_on is not None:
            raise InputError("--fail-on compares with a baseline", expected="--baseline FILE with it, which --json wrote")
        return None
    found = Baseline(path, _sound_reports(path), fail_on_of(fail_on))
    for report in found.reports:  # what the rules ask for and the baseline lacks is said before anything runs
        difference(report, report, found.fail_on)
    return found


def compared_with(report: Report, baseline: Baseline | None) -> Report:
    """`report` with what changed from the baseline: a regression is a no."""
    if baseline is None:
        return report
    new = JsonTable(to_document(report))
    base = baseline.reports[0] if len(baseline.reports) == 1 else _same(baseline.reports, new)
    if base is None:
        raise InputError(f"has no report of '{report.model_name}' on {report.board}", on=baseline.path)
    found = difference(base, new, baseline.fail_on)
    worse = [row.reason for row in found.rows if row.state == "regression"]  # the report has its own reasons already
    return dataclasses.replace(report.with_reasons(worse), difference=found)


def compare(request: CompareRequest) -> StepResult[CompareResult]:
    """Compare the reports of two runs, model by model; the verdict is no where one of them got worse by more than is allowed.

    Raises InputError where a file holds no report, or an expression makes no sense.
    """
    if request.junit == Path("-"):
        raise InputError("standard output is the text's", on="--junit", expected="a file; --json - is JSON on standard output")
    if request.junit is not None and request.junit.resolve() in (request.base.resolve(), request.new.resolve()):
        raise InputError("is a result, and would be overwritten", on=request.junit, expected="another file with --junit")
    rules = fail_on_of(request.fail_on)
    base, new = _sound_reports(request.base), _sound_reports(request.new)
    if max(len(base), len(new)) > _MOST_REPORTS:
        raise InputError(f"more than {_MOST_REPORTS:,} reports", on=request.base)
    pairs, missing, added = _paired(base, new)
    differences = tuple(difference(before, after, rules) for before, after in pairs)
    regressions = [reason for one in differences for reason in one.regressions]
    regressions += [f"{name} is in the baseline and has no new report" for name in missing]
    facts = CompareResult(rules.text, tuple(regressions), missing, added, differences)
    if request.junit is not None:
        write_text(request.junit, difference_junit(differences))
    lines = difference_markdown(differences).splitlines() if request.markdown else _lines(differences, missing, added)
    return StepResult("compare", tuple(lines), facts, verdict="fail" if regressions else "pass")


def _sound_reports(path: Path) -> tuple[JsonTable, ...]:
    """The reports of `path`; raises InputError naming it where one is damaged, which a comparison of two cannot tell."""
    found = read_reports(path)
    for report in found[: _MOST_REPORTS + 1]:
        try:
            difference(report, report, default_fail_on())
        except InputError as error:
            raise InputError(error.what, on=path, expected=error.expected) from None
    return found


def _lines(differences: Sequence[Difference], missing: Sequence[str], added: Sequence[str]) -> list[str]:
    lines = list(difference_text(differences))
    if missing:
        lines[0] = "verdict: FAIL"
    lines += [f"missing: {name} is in the baseline and has no new report" for name in missing]
    return lines + [f"new: {name} has no report in the baseline" for name in added]


def _paired(
    base: Sequence[JsonTable], new: Sequence[JsonTable]
) -> tuple[list[tuple[JsonTable, JsonTable]], tuple[str, ...], tuple[str, ...]]:
    """The reports of both sides that belong together, and the names of those without a partner."""
    if len(base) == len(new) == 1:  # whatever they are called: a file may have been renamed
        return [(base[0], new[0])], (), ()
    pairs = [(one, found) for one in base if (found := _same(new, one)) is not None]
    paired = {id(report) for pair in pairs for report in pair}
    missing = tuple(" on ".join(filter(None, _key(one)[:2])) for one in base if id(one) not in paired)
    return pairs, missing, tuple(" on ".join(filter(None, _key(one)[:2])) for one in new if id(one) not in paired)


def _same(reports: Sequence[JsonTable], wanted: JsonTable) -> JsonTable | None:
    return next((one for one in reports if _key(one) == _key(wanted)), None)


def _key(report: JsonTable) -> tuple[str, str, str]:
    """Name of the model, board, runtime."""
    return report.table("model").required("name", str), report.optional("board", str) or "", report.optional("runtime", str) or ""
