"""The probe firmware on an emulated board and on this machine: built, run, measured, judged."""

from __future__ import annotations

import getpass
import json
import platform
from pathlib import Path

import jsonschema
import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.pipeline.board_check.models import FLASH_READ, LONG_RUN
from mcu_toolkit.pipeline.board_check.run import BoardCheckRequest, check_board_on_desk, parse_bauds
from mcu_toolkit.pipeline.board_check.write import read_report, write_report
from mcu_toolkit.pipeline.workspace.progress import Silent
from tests.pipeline.board_check.test_table import SCHEMA


@pytest.mark.slow
def test_an_emulated_board_is_as_its_file_says(boards: Path, tmp_path: Path) -> None:
    result = check_board_on_desk(BoardCheckRequest("netduinoplus2", seconds=0.2, folder=tmp_path / "b"), Silent())
    path = tmp_path / "board-report.json"
    lines = write_report(result, path).lines
    text = path.read_text(encoding="utf-8")
    jsonschema.validate(json.loads(text), SCHEMA)
    assert result.verdict == "pass", lines
    assert len(lines) <= 25
    assert read_report(path) == result.facts
    report = result.facts
    assert {row.name: row.as_board_file for row in report.checks if row.as_board_file != "yes"} == {"timer": "not judged"}
    assert [row.differing_bytes for row in report.kernels] == [0] * 12
    assert all(row.ticks and row.ticks[0] > 0 and row.predicted_cycles for row in report.kernels)
    by_name = {row.name: row for row in report.kernels}
    assert 65_536 <= by_name[FLASH_READ].constants_bytes <= 67_000
    assert by_name[LONG_RUN].ticks is not None
    assert by_name[LONG_RUN].ticks[1] > max(row.ticks[2] for row in report.kernels if row.ticks and row.name != LONG_RUN)
    assert (report.tick_unit, report.clock_mhz, report.flash_read) == ("instructions", None, None)
    assert 0 < report.image.stack_used_bytes < 4096
    for private in (str(tmp_path), str(boards), getpass.getuser(), platform.node(), "/dev/", "tty"):
        assert f'"{private}' not in text
        assert private not in text or len(private) < 6, private


@pytest.mark.slow
@pytest.mark.nightly
def test_another_rate_is_another_build_and_the_counter_of_this_machine_is_a_clock(boards: Path, tmp_path: Path) -> None:
    result = check_board_on_desk(BoardCheckRequest("host", bauds=(230_400, 115_200), seconds=0.5, folder=tmp_path), Silent())
    report = result.facts
    # How busy this machine is decides whether the timer can be judged.
    assert {row.as_board_file for row in report.checks if row.name != "timer"} == {"yes"}, result.lines
    assert report.timer is not None
    assert 0 < report.timer.ticks_per_s[0] <= report.timer.ticks_per_s[1] <= report.timer.ticks_per_s[2]
    assert [line.baud for line in report.lines] == [115_200, 230_400]
    assert (tmp_path / "board-check-host/firmware").is_dir()
    assert (tmp_path / "board-check-host/baud-230400/firmware").is_dir()
    assert (report.tick_unit, report.clock_mhz) == ("us", None)
    assert report.flash_read is not None


@pytest.mark.parametrize("text", ["", "fast", "9600,", "100", "9600;115200", "99999999999", "1200,2400,4800,9600"])
def test_what_is_no_list_of_rates_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"--baud is"):
        parse_bauds(text)


def test_more_rates_than_lines_to_say_them_are_refused_before_anything_is_built(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="4 baud rates"):
        check_board_on_desk(BoardCheckRequest("host", bauds=(9600, 19_200, 38_400), folder=tmp_path), Silent())
    assert not list(tmp_path.iterdir())


def test_rates_are_taken_once_each() -> None:
    assert parse_bauds("9600, 115200,9600") == (9600, 115_200)
    assert parse_bauds(None) == ()
