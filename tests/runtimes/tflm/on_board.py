"""Helpers of tests that build the real library for an emulated board."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from mcu_toolkit.artifacts import FirmwareImage, FirmwareProject
from mcu_toolkit.boards import load_board
from mcu_toolkit.build import build_project, flash_project
from mcu_toolkit.device import Client, open_port
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.deploy import deploy
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.report import Report
from mcu_toolkit.runtimes.tflm import TflmRuntime
from mcu_toolkit.validate import random_vectors
from tests.tflm_library import library_folder

BOARD = "netduinoplus2"


def real_runtime(**choices: object) -> TflmRuntime:
    """The runtime with the library that $MCU_TFLM_LIBRARY names."""
    return TflmRuntime(str(library_folder()), **choices)  # type: ignore[arg-type]


def deployed(model: Model, board: str, output: Path, samples: int = 5, *, runtime: TflmRuntime | None = None) -> Report:
    """The report of the whole chain with random inputs."""
    vectors = random_vectors(model, samples, 11)
    return deploy(Job(model, load_board(board), runtime or real_runtime(), vectors, output), Silent())


def generated(model: Model, folder: Path, runtime: TflmRuntime | None = None, *, board: str = BOARD) -> FirmwareProject:
    """A project that a test may spoil before it is built."""
    return generate_project([model], load_board(board), runtime or real_runtime(), folder)


def edit(project: FirmwareProject, name: str, change: Callable[[str], str]) -> None:
    """Change a file in the project's src/; a change that changes nothing is a mistake of the test."""
    path = project.folder / "src" / name
    before = path.read_text()
    after = change(before)
    assert after != before, f"nothing was changed in {name}"
    path.write_text(after)


def image_of(project: FirmwareProject) -> FirmwareImage:
    """Build `project`."""
    return build_project(project, load_board(project.board_id))


def start(project: FirmwareProject) -> tuple[int, list[str]]:
    """Put `project` onto its board: (status of its first model, what the firmware prints while it starts)."""
    board = load_board(project.board_id)
    port = flash_project(project, board)
    lines: list[str] = []
    with closing(Client(open_port(port, board.serial.baud), on_text=lines.append)) as client:
        status = client.model_info(0).status
        client.show_start_up()
    return status, lines
