"""The sensor on emulated boards of each kind of core, by the emulator's semihosting: every number of the recording."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import compiler_of
from mcu_toolkit.device.sensor import Recording, play
from mcu_toolkit.firmware.sensor import sensor_files
from tests.emulated import own_boards
from tests.platforms.echo_project import WARNINGS, EchoBoard, make_echo_project, run_flash_script

BOARDS = ("microbit", "stm32vldiscovery", "netduinoplus2", "mps2-an505", "mps3-an547", "qemu-riscv32")
"""Cortex-M0, M3, M4F, M33, M55 and RV32."""


def recording() -> Recording:
    numbers = np.random.default_rng(3).integers(-32768, 32768, (1003, 3)).astype(np.int16)
    return Recording("accelerometer", numbers, 16_000.0, 1 / 8192)


def sum_of(one: Recording) -> int:
    total = 0
    for number in one.numbers.ravel().tolist():
        total = (total * 31 + (number & 0xFFFF)) & 0xFFFFFFFF
    return total


def compiled(board_id: str, folder: Path) -> Path:
    """The firmware of sensor_board_main.c, compiled without PlatformIO."""
    board = load_board(board_id)
    source = make_echo_project(board, folder).folder / "src"
    for name, content in sensor_files("accelerometer", board):
        (folder / name).write_bytes(content)
    shutil.copy(Path(__file__).with_name("sensor_board_main.c"), source / "main.c")
    row, elf = compiler_of(board), folder / "firmware.elf"
    command = [row.program, "-std=c99", "-Os", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections", *WARNINGS, *row.flags]
    command += [*row.link_flags, "-T", folder / "linker.ld", "-Wl,--fatal-warnings", *sorted(source.glob("*.c")), "-o", elf]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return elf


@pytest.mark.slow
@pytest.mark.parametrize("board_id", BOARDS)
def test_a_board_reads_what_is_played(board_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board, image, one = load_board(board_id), compiled(board_id, tmp_path / "p"), recording()
    with own_boards(monkeypatch):
        flashed = run_flash_script(tmp_path / "p", board.platformio.board, image)
        assert flashed.returncode == 0, flashed.stderr
        running = EchoBoard.open(board.id)
        try:
            assert [running.line() for _ in range(4)] == ["0", "0", "0", "0"], "nothing is played yet"
            assert play(board, one, in_real_time=False), "the board runs, and is restarted"
            assert running.line() == f"echo {board.id}"
            assert [int(running.line()) for _ in range(4)] == [16_000_000, 1003, 0, sum_of(one)]
            play(board, one, in_real_time=True)
            assert running.line() == f"echo {board.id}"
            rate, taken, lost, total = (int(running.line()) for _ in range(4))
            assert (rate, taken + lost) == (16_000_000, 1003)
            assert (total == sum_of(one)) == (lost == 0)
        finally:
            running.close()
