"""docs/boards-tested.md is made from the reports in its folder, which are read as strangers' files."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.pipeline.board_check.judge import judge
from mcu_toolkit.pipeline.board_check.record import BoardReport
from mcu_toolkit.pipeline.board_check.table import NOTHING_CAME_BACK
from mcu_toolkit.pipeline.board_check.table import tested_boards as table_of
from mcu_toolkit.pipeline.board_check.text import report_lines
from mcu_toolkit.pipeline.board_check.write import read_report, require_place, write_report
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from scripts.boards_tested import PAGE, REPORTS, with_table
from tests.pipeline.board_check.reports import BOARD, report
from tests.pipeline.board_check.test_judge import HELLO

SCHEMA = json.loads((REPORTS.parent / "board-report-schema.json").read_text(encoding="utf-8"))


def written(folder: Path, found: BoardReport, name: str = "a") -> Path:
    path = folder / f"{name}.json"
    write_report(StepResult("boards", (), found), path)
    return path


def test_the_page_is_what_the_reports_say() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_table(page, table_of(REPORTS)), "python -m scripts.boards_tested"
    for path in REPORTS.glob("*.json"):
        jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), SCHEMA)


def test_a_report_that_is_added_adds_its_row(tmp_path: Path) -> None:
    assert table_of(tmp_path) == NOTHING_CAME_BACK
    whole = dataclasses.replace(report(), checks=judge(BOARD, HELLO, report()))
    written(tmp_path, whole)
    slow = dataclasses.replace(whole, date="2026-12-01", kernels=(dataclasses.replace(whole.kernels[0], differing_bytes=7),))
    written(tmp_path, dataclasses.replace(slow, checks=judge(BOARD, HELLO, slow)), "b")
    rows = table_of(tmp_path).splitlines()[2:]
    assert rows == [
        r"| nucleo\_f446re | STM32F446RE, cortex-m4f | 2026-11-30 | byte-equal to tflm | 179.6 to 180.7, measured | 1,800,000 cycles | 119 "
        "| 10,240 at 115200 | - |",
        r"| nucleo\_f446re | STM32F446RE, cortex-m4f | 2026-12-01 | 7 bytes differ | 179.6 to 180.7, measured | - | 119 "
        "| 10,240 at 115200 | outputs |",
    ]


def test_a_report_is_read_back_as_it_was_written_and_the_schema_describes_it(tmp_path: Path) -> None:
    whole = dataclasses.replace(report(), checks=judge(BOARD, HELLO, report()))
    path = written(tmp_path, whole)
    jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), SCHEMA)
    assert read_report(path) == whole


def test_what_a_sender_wrote_is_no_markdown(tmp_path: Path) -> None:
    evil = dataclasses.replace(report().board, mcu="<script>|[a](b)\n# x")
    written(tmp_path, dataclasses.replace(report(), board=evil))
    [row] = table_of(tmp_path).splitlines()[2:]
    assert r"\<script\>\|\[a\](b)\\n\# x" in row


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"report_version": 2}, "no board report: report_version is 2"),
        ({"step": "bench"}, "it is not what mcu boards check writes"),
        ({"tick_unit": "years"}, "tick_unit"),
        ({"hostname": "desk"}, "unknown field 'hostname'"),
        ({"lines": [{}]}, "no board report"),
    ],
)
def test_a_file_that_is_no_report_is_refused(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = written(tmp_path, report())
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        table_of(tmp_path)


def test_the_text_has_at_most_25_lines_and_says_what_is_wrong() -> None:
    row, line = report().kernels[0], report().lines[0]
    long = dataclasses.replace(report(), kernels=(row,) * 12, lines=(line,) * 3)
    wrong = dataclasses.replace(long, kernels=(dataclasses.replace(row, differing_bytes=3), *long.kernels[1:]))
    lines = report_lines(dataclasses.replace(wrong, checks=judge(BOARD, HELLO, wrong)))
    assert len(lines) <= 24, "the command adds one"
    assert lines[1] == "  NO  outputs              different from tflm: conv_3x3 (3 bytes); expected every byte equal"


def test_where_no_report_can_be_written_nothing_is_measured(tmp_path: Path) -> None:
    (tmp_path / "d.json").mkdir()
    for path in (tmp_path / "d.json", tmp_path / "model.tflite"):
        with pytest.raises(InputError, match="is no name for a report"):
            require_place(path)
