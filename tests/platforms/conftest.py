"""Echo firmware built by PlatformIO once for each worker; boards that are stopped whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.boards import load_board
from mcu_toolkit.build import build_project, flash_project
from tests.platforms.echo_project import EchoBoard, make_echo_project

BOARDS = ("netduinoplus2", "host")


@pytest.fixture(scope="session")
def echo_projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FirmwareProject]:
    """A built project for each board."""
    projects = {name: make_echo_project(load_board(name), tmp_path_factory.mktemp(name)) for name in BOARDS}
    for name, project in projects.items():
        build_project(project, load_board(name))
    return projects


@pytest.fixture(params=BOARDS)
def board_id(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def board(board_id: str, echo_projects: dict[str, FirmwareProject], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EchoBoard]:
    """The echo firmware, flashed by `pio run -t upload` into a state folder of this test's own, and running."""
    monkeypatch.setenv("MCU_STATE_DIR", str(tmp_path))
    flash_project(echo_projects[board_id], load_board(board_id))
    board = EchoBoard.open(board_id)
    yield board
    board.close()
