"""`-flto` among a project's flags: GCC sees every C file at once, and drops what only assembly names unless a declaration keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.device import FirmwareFaultError, find_emulator
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.proof.device import run_on_device
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.validate import random_vectors
from tests.emulated import own_boards
from tests.ops.harness import Case
from tests.ops.on_board import check_on_board
from tests.pipeline.proof.test_faults import UNDEFINED
from tests.planted import FlashedImage, constants_of
from tests.small_models import convolution, fully_connected

pytestmark = pytest.mark.slow
BOARDS = ("microbit", "mps2-an385", "netduinoplus2", "mps2-an505", "mps3-an547", "qemu-riscv32", "host")
"""Every core: Cortex-M0, M3, M4F, M33, M55, RV32 and this machine's."""
CASES = [Case(convolution(), "convolution"), Case(fully_connected(softmax=True), "dense layer and softmax")]


@pytest.mark.parametrize("board_id", BOARDS)
def test_firmware_links_starts_and_computes_what_tflm_does(board_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_on_board(CASES, board_id, tmp_path / "project", monkeypatch, flags=["-flto"])


@pytest.mark.parametrize("board_id", ["netduinoplus2", "qemu-riscv32"])
def test_a_fault_is_still_told(board_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board, model = load_board(board_id), parse_model(fully_connected(), "dense")
    project = generate_project([model], board, get_runtime("aot"), tmp_path / "project")
    options = project.folder / "platformio.ini"
    options.write_text(options.read_text().replace("build_flags =\n", "build_flags =\n    -flto\n", 1))
    with own_boards(monkeypatch):
        port = flash_project(project, board)
        emulator = find_emulator(board_id)
        assert emulator is not None
        image = FlashedImage(emulator)
        [place] = constants_of(image.path, "dense_layers")  # GCC adds to the name what it made of the function
        image.overwrite((place.file_offset + 1) & ~1, UNDEFINED[board.core_family])
        with pytest.raises(FirmwareFaultError, match="dense_layers"):
            run_on_device(model, random_vectors(model, 2, 0), board, port, Silent())
