"""`mcu.compare`, `mcu.report`: what changed from one result to another, and results as a page."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from mcu_toolkit.api.given import StrPath, path_of
from mcu_toolkit.errors import InputError

if TYPE_CHECKING:
    from mcu_toolkit.pipeline.compare import CompareResult
    from mcu_toolkit.pipeline.report import ReportResult
    from mcu_toolkit.pipeline.workspace.progress import Progress
    from mcu_toolkit.pipeline.workspace.step_result import StepResult
    from mcu_toolkit.report import Report
    from mcu_toolkit.system.json_table import JsonTable

Result: TypeAlias = "StrPath | Report | StepResult[object]"
"""A file that `--json` wrote, the folder of a deployment, or what a function returned."""


def compare(
    base: Result, new: Result, *, fail_on: str | None = None, junit: StrPath | None = None, markdown: bool = False
) -> StepResult[CompareResult]:
    """What changed from `base` to `new`, results of validate, verify, deploy or bench, by how much; it says no on a regression.

    A regression is what `fail_on` says: `flash>+1%,accuracy<-0.2pp,parity`; without it every measure has a tolerance.
    `junit`: a file for JUnit XML; `markdown`: the lines are Markdown.  Raises InputError for what is no result.
    """
    from mcu_toolkit.pipeline.compare import CompareRequest
    from mcu_toolkit.pipeline.compare import compare as run

    with ExitStack() as stack:
        files = [_file(one, name, stack) for one, name in ((base, "base"), (new, "new"))]
        return run(CompareRequest(files[0], files[1], fail_on, path_of(junit), markdown))


def report(
    results: Result | Sequence[Result], output: StrPath | None = None, *, form: str | None = None, static: bool = False
) -> StepResult[ReportResult]:
    """Write results, the oldest first, as one page that loads nothing; of several it shows what changed from the first to the last.

    `form` is html, md, junit or json; without it the name of `output` (default: report.html) decides.  `static`: a small page.
    Raises InputError for what is no result, and where `output` is one of them.
    """
    from mcu_toolkit.pipeline.report import report as write

    given: list[Result] = [results] if _is_one(results) else list(results)  # type: ignore[list-item, arg-type]
    if not given:
        raise InputError("no result is given", expected="a file, a folder of a deployment, or a Report")
    with ExitStack() as stack:
        files = [_file(one, f"result {number}", stack) for number, one in enumerate(given, 1)]
        return write(files, path_of(output), form, static=static)


def _is_one(given: object) -> bool:
    return isinstance(given, (str, os.PathLike)) or hasattr(given, "verdict")


def _file(result: Result, name: str, stack: ExitStack) -> Path:
    """The file of `result`; of one that is a record, JSON that is there until `stack` ends, called `name`."""
    if isinstance(result, (str, os.PathLike)):
        return Path(result)
    from mcu_toolkit.pipeline.workspace.step_result import StepResult
    from mcu_toolkit.report import Report, to_json
    from mcu_toolkit.system.files import temporary_folder, write_text

    if not isinstance(result, (Report, StepResult)):
        raise InputError(f"is of type {type(result).__name__}", on=name, expected="a path, or what a function of the toolkit returned")
    path = stack.enter_context(temporary_folder()) / f"{name}.json"
    write_text(path, to_json(result) if isinstance(result, Report) else result.to_json())
    return path


def with_page(
    reports: Sequence[Report], folder: Path, name: str, progress: Progress, *, wanted: bool, before: Sequence[JsonTable] = ()
) -> list[Report]:
    """The reports, with the one page of them, `folder / name`, where it is wanted and can be written."""
    from mcu_toolkit.pipeline.report import write_page
    from mcu_toolkit.report import to_json

    page = write_page(folder, name, [to_json(report) for report in reports], progress, before=before) if wanted else None
    return [dataclasses.replace(report, page=page) for report in reports]
