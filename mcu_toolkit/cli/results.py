"""What commands print and return at their end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import typer

from mcu_toolkit.cli.console import Console
from mcu_toolkit.errors import EXIT_VERDICT_NO
from mcu_toolkit.files import write_text
from mcu_toolkit.report import Report, to_json, to_text


@contextlib.contextmanager
def progress_for(*, quiet: bool, verbose: bool) -> Iterator[Console]:
    """A console whose progress bar is gone when the block ends, however it ends."""
    console = Console(quiet=quiet, verbose=verbose)
    try:
        yield console
    finally:
        console.close()


def finish(report: Report, json: Path | None) -> None:
    """Print the report, write it to `json` if asked, and exit with 1 if its verdict is no."""
    if json is not None:
        write_text(json, to_json(report))
    print(to_text(report))
    if report.verdict != "pass":
        raise typer.Exit(EXIT_VERDICT_NO)
