"""A board of the user's own is one TOML file: every step works on it, and a project for it needs that file no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mcu_toolkit.system.resources import boards_dir
from tests.boards.test_deploy_everywhere import MADE_UP
from tests.cli.running import assert_refused, mcu, processes_naming, succeed


@pytest.fixture
def mine(here: Path) -> Path:
    """`mine.toml`, a board that is a program of this machine: quick to build."""
    text = (boards_dir() / "host.toml").read_text(encoding="utf-8").replace('board = "host"', 'board = "mine"')
    (here / "mine.toml").write_text(text, encoding="utf-8")
    return Path("mine.toml")


def verdict_of(*words: object) -> tuple[str, str]:
    """(verdict, board) of a command that reports."""
    succeed(*words, "--json", "r.json")
    facts = json.loads(Path("r.json").read_text())
    return facts["verdict"], facts["board"]


@pytest.mark.slow
def test_every_step_works_on_a_machine_that_only_its_file_describes(tiny: Path, here: Path, boards: Path) -> None:
    (here / "my_board.toml").write_text(MADE_UP, encoding="utf-8")
    succeed("generate", tiny, "--board", "my_board.toml", "-o", "p")
    (here / "my_board.toml").rename(here / "elsewhere.txt")  # the project has its own copy
    succeed("build", "p")
    assert f"flashed: my_board, serial port {boards}/my_board/tty" in succeed("flash", "p").stdout
    assert verdict_of("verify", "p") == ("pass", "my_board")
    assert verdict_of("verify", "p", "--board", "my_board") == ("pass", "my_board")
    assert "board my_board" in succeed("inspect", "p").stdout
    seen = succeed("monitor", "--board", "p/board/my_board.toml", "--seconds", "2", "--hello").stdout
    assert "board='my_board'" in seen
    assert "max_payload_bytes=200" in seen
    assert "up to date" in succeed("flash", "p").stdout


def test_a_deployment_can_be_verified_and_deployed_again(tiny: Path, mine: Path, here: Path) -> None:
    assert verdict_of("deploy", tiny, "--board", mine, "-o", "out") == ("pass", "mine")
    mine.unlink()
    assert verdict_of("verify", "out") == ("pass", "mine")
    assert verdict_of("deploy", "out") == ("pass", "mine")


def test_a_change_of_the_file_reaches_a_project_that_is_deployed_with_it(tiny: Path, mine: Path, here: Path) -> None:
    succeed("deploy", tiny, "--board", mine, "-o", "out")
    mine.write_text(mine.read_text().replace("max_payload_bytes = 1024", "max_payload_bytes = 512"))
    succeed("deploy", "out", "--board", mine)
    assert "max_payload_bytes=512" in succeed("monitor", "--board", mine, "--seconds", "2", "--hello").stdout
    assert (here / "out/firmware/board/mine.toml").read_text() == mine.read_text()


def test_generating_for_another_board_removes_the_copy(tiny: Path, mine: Path, here: Path) -> None:
    succeed("generate", tiny, "--board", mine, "-o", "p")
    assert (here / "p/board/mine.toml").read_bytes() == mine.read_bytes()
    succeed("generate", tiny, "--board", "host", "-o", "p")
    assert not (here / "p/board/mine.toml").exists()


def test_it_is_shown_listed_while_it_runs_and_stopped_by_its_id(tiny: Path, mine: Path, boards: Path) -> None:
    assert "This machine" in succeed("boards", "show", mine).stdout
    succeed("deploy", tiny, "--board", mine, "-o", "out")
    assert f"mine                    is running, serial port {boards}/mine/tty" in succeed("doctor").stdout
    assert succeed("boards", "stop", "mine").stdout == "stopped: mine\n"
    succeed("flash", "out")
    assert succeed("boards", "stop").stdout == "stopped: mine\n"
    assert processes_naming(str(boards)) == []


def test_another_board_for_its_project_is_refused(tiny: Path, mine: Path) -> None:
    succeed("generate", tiny, "--board", mine, "-o", "p")
    message = (
        "error: p: the project was generated for board mine\n  expected: --board mine, or none\n"
        "  try: mcu generate MODEL.tflite --board host -o FOLDER"
    )
    assert_refused(mcu("verify", "p", "--board", "host"), 2, message)
