"""board-report.json: where it goes, and reading it back, as its sender's text that nobody vouches for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from mcu_toolkit.errors import InputError
from mcu_toolkit.pipeline.board_check.record import REPORT_VERSION, BoardReport
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.report import SCHEMA_VERSION
from mcu_toolkit.system.files import make_folder, read_bytes, write_text
from mcu_toolkit.system.parsing import json_value
from mcu_toolkit.system.records import from_plain
from mcu_toolkit.terminal_text import visible_json

_SUFFIX: Final = ".json"
_OF_EVERY_STEP: Final = frozenset({"schema_version", "toolkit_version", "step", "verdict", "up_to_date"})


def require_place(path: Path) -> None:
    """Raise InputError where a report cannot be written to `path`: before minutes of measuring, not behind them."""
    if path.suffix.lower() != _SUFFIX or path.is_dir():
        raise InputError("is no name for a report", on=path, expected=f"a file whose name ends in {_SUFFIX}", hint="-o board-report.json")
    folder = make_folder(path.parent)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError("cannot be written: permission denied", on=path, hint="choose another folder with -o")


def write_report(result: StepResult[BoardReport], path: Path) -> StepResult[BoardReport]:
    """Write what `--json` would; returns the result with a line that names the file."""
    write_text(path, visible_json(result.to_json()))
    found = {"pass": "as its file says", "fail": "NOT as its file says (rows with NO)"}[result.verdict]
    return replace(result, lines=(*result.lines, f"the board is {found}; report: {path}"))


def read_report(path: Path) -> BoardReport:
    """The report in a file that somebody sent; raises InputError where it is none, or of another version."""
    try:
        given = json_value(read_bytes(path, kind="board report").decode("utf-8"))
        if not isinstance(given, Mapping) or (given.get("step"), given.get("schema_version")) != ("boards", SCHEMA_VERSION):
            raise ValueError("it is not what mcu boards check writes")
        if given.get("report_version") != REPORT_VERSION:
            raise ValueError(f"report_version is {given.get('report_version')!r}")
        return from_plain(BoardReport, {name: value for name, value in given.items() if name not in _OF_EVERY_STEP})
    except ValueError as error:  # UnicodeDecodeError is one
        raise InputError(
            f"no board report: {error}", on=path, expected=f"a report of version {REPORT_VERSION}, as mcu boards check writes it"
        ) from None
