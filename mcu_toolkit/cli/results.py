"""What commands print, write and return at their end."""

from __future__ import annotations

import contextlib
import json as json_format
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mcu_toolkit.cli.json_output import write_json
from mcu_toolkit.cli.wrapping import fitted, width_of
from mcu_toolkit.errors import EXIT_VERDICT_NO, NotSatisfiedError
from mcu_toolkit.pipeline.workspace.step_result import Refusal, RunBrokenOffError, StepResult
from mcu_toolkit.system.json_text import json_text

if TYPE_CHECKING:  # what draws and what makes reports is imported by the commands that do
    from mcu_toolkit.cli.console import Console
    from mcu_toolkit.report import Report


@contextlib.contextmanager
def progress_for(step: str, json: Path | None, *, quiet: bool = False, verbose: bool = False, spins: bool = True) -> Iterator[Console]:
    """A console whose progress bar is gone when the block ends, however it ends.

    A block whose run on a board breaks off leaves the report of what was done there.
    A block that ends with NotSatisfiedError (the check failed) leaves that answer in the file `json`.
    """
    from mcu_toolkit.cli.console import Console

    console = Console(quiet=quiet, verbose=verbose, spins=spins)
    try:
        yield console
    except NotSatisfiedError as refusal:
        if json is not None:
            reason = refusal.what if refusal.on is None else f"{refusal.on}: {refusal.what}"
            facts = Refusal((reason,), refusal.expected, refusal.what, refusal.on, refusal.hint, refusal.exit_code)
            write_json(json, StepResult(step, (), facts, verdict="fail").to_json())
        raise
    except RunBrokenOffError as broken:
        if json is not None and broken.report is not None:
            from mcu_toolkit.report import to_json

            write_json(json, to_json(broken.report))
        raise
    finally:
        console.close()


def show(line: str) -> None:
    """Print a line of a result at once."""
    print(fitted(line, sys.stdout), flush=True)


def finish_step(
    result: StepResult[object], json: Path | None, *, exit_code_for_no: int = EXIT_VERDICT_NO, page: Path | None = None
) -> None:
    """Print the result and where its page is, write it to `json` if asked, and exit with `exit_code_for_no` if its verdict is no."""
    shown = result if page is None else replace(result, lines=(*result.lines, f"page: {page}"))
    finish_steps([shown], json, exit_code_for_no=exit_code_for_no)


def finish_steps(results: Sequence[StepResult[object]], json: Path | None, *, exit_code_for_no: int = EXIT_VERDICT_NO) -> None:
    """Like `finish_step` for several; the file then holds `results`, a list."""
    if json is not None:
        write_json(json, _joined([result.to_json() for result in results], [result.verdict for result in results], "results"))
    for number, result in enumerate(results):
        if number:
            print()
        if result.up_to_date:
            print(f"{result.step}: up to date, nothing to do (--force does it again)")
        for line in result.lines:
            print(fitted(line, sys.stdout))
        if result.next_command:
            print(f"next: {result.next_command}")
    if any(result.interrupted for result in results):
        raise KeyboardInterrupt
    if any(result.verdict != "pass" for result in results):
        raise typer.Exit(exit_code_for_no)


def finish(
    reports: Sequence[Report], json: Path | None, kept: Path | None = None, page: Path | None = None, *, brief: bool = False
) -> None:
    """Print the reports (`brief`: each in at most twenty lines), write them to `json` if asked, and exit with 1 if a verdict is no.

    `kept` and `page` are where the command itself left the result, as JSON and as a page: their names are printed last.
    """
    from mcu_toolkit.report import to_json, to_summary, to_text

    if json is not None:
        write_json(json, _joined([to_json(report) for report in reports], [report.verdict for report in reports], "reports"))
    shown, width = to_summary if brief else to_text, width_of(sys.stdout)
    print(fitted("\n\n".join(shown(report, width) for report in reports), sys.stdout))
    places = [f"report: {kept}"] * (kept is not None) + [f"page: {page}"] * (page is not None)
    if places:
        print(*(() if brief else ("",)), *places, sep="\n")
    if any(report.verdict != "pass" for report in reports):
        raise typer.Exit(EXIT_VERDICT_NO)


def finish_run(report: Report, json: Path | None, *, brief: bool = False) -> None:
    """`finish` of one report whose run left files in its `folder`."""
    finish((report,), json, None if report.folder is None else report.folder / "report.json", report.page, brief=brief)


def _joined(texts: Sequence[str], verdicts: Sequence[str], name: str) -> str:
    """One JSON result as it is; several as a list below `name`, with the verdict over all of them."""
    from mcu_toolkit.report import SCHEMA_VERSION

    if len(texts) == 1:
        return texts[0]
    verdict = "pass" if all(verdict == "pass" for verdict in verdicts) else "fail"
    whole = {"schema_version": SCHEMA_VERSION, "verdict": verdict, name: [json_format.loads(text) for text in texts]}
    return json_text(whole)
