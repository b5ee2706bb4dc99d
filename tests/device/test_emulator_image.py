"""Images that do not belong into a board are refused before an emulator crashes on them."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.device.emulator import find_emulator
from tests.platforms.echo_project import FLASH_SCRIPT, compile_host_echo, make_echo_project, run_flash_script


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MCU_STATE_DIR", str(tmp_path / "state"))
    return make_echo_project(load_board("netduinoplus2"), tmp_path / "project").folder


def _refused(project: Path, board_id: str, image: Path) -> str:
    result = run_flash_script(project, board_id, image)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr
    assert find_emulator(board_id) is None
    return result.stderr


def _image(load_address: int, size_bytes: int, *, machine: int = 40, kind: int = 2, memory_bytes: int | None = None) -> bytes:
    """The smallest 32-bit ELF file with one segment."""
    header = b"\x7fELF\x01\x01\x01" + bytes(9)
    header += struct.pack("<HHIIIIIHHHHHH", kind, machine, 1, load_address, 52, 0, 0, 52, 32, 1, 40, 0, 0)
    segment = struct.pack("<8I", 1, 84, load_address, load_address, size_bytes, memory_bytes or size_bytes, 5, 4)
    return header + segment + bytes(size_bytes)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not an ELF file"),
        (b"MZ" + bytes(1000), "not an ELF file"),
        (_image(0x08000000, 16)[:60], "damaged program header"),
        (_image(0x08000000, 16)[:90], "ends before its segment"),
        (_image(0x08000000, 16, machine=243), "expected an executable (2) for Arm (40)"),
        (_image(0x08000000, 16, kind=1), "expected an executable (2) for Arm (40)"),
        (_image(0x08000000, 1_048_577), "1048577 bytes at 0x08000000 do not fit"),
        (_image(0x07FFFFF0, 32), "do not fit"),
        (_image(0x20000000, 16, memory_bytes=131_073), "131073 bytes at 0x20000000 do not fit"),
        (_image(0xFFFFFFF0, 32), "do not fit"),
    ],
)
def test_an_image_is_refused(project: Path, tmp_path: Path, content: bytes, words: str) -> None:
    image = tmp_path / "image.elf"
    image.write_bytes(content)
    assert words in _refused(project, "netduinoplus2", image)


def test_a_missing_image_is_refused(project: Path, tmp_path: Path) -> None:
    assert "cannot be read" in _refused(project, "netduinoplus2", tmp_path / "none.elf")


def test_a_program_of_this_machine_is_no_image_for_a_board(project: Path, tmp_path: Path) -> None:
    assert "not an ELF file of a 32-bit" in _refused(project, "netduinoplus2", compile_host_echo(tmp_path / "host"))


def test_a_boards_image_is_no_program_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCU_STATE_DIR", str(tmp_path / "state"))
    folder = make_echo_project(load_board("host"), tmp_path / "project").folder
    image = tmp_path / "image.elf"
    image.write_bytes(_image(0x08000000, 16))
    assert "not a program of this machine" in _refused(folder, "host", image)


def test_a_refused_image_leaves_the_running_board_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCU_STATE_DIR", str(tmp_path / "state"))
    folder = tmp_path / "project"
    elf = compile_host_echo(folder)
    assert run_flash_script(folder, "host", elf).returncode == 0
    running = find_emulator("host")
    assert running is not None
    bad = tmp_path / "bad.elf"
    bad.write_bytes(b"bad")
    assert run_flash_script(folder, "host", bad).returncode == 1
    assert running.is_running()
    running.stop()


def test_a_missing_emulator_is_named_with_the_command_that_installs_it(project: Path, tmp_path: Path) -> None:
    board = project / "boards/netduinoplus2.json"
    facts = json.loads(board.read_text())
    facts["mcu_toolkit"]["emulator"]["program"] = "qemu-system-none"
    board.write_text(json.dumps(facts))
    image = tmp_path / "image.elf"
    image.write_bytes(_image(0x08000000, 16))
    assert "qemu-system-none is not on PATH; on Debian: sudo apt-get install qemu-system-" in _refused(project, "netduinoplus2", image)


def test_an_emulator_of_another_version_of_the_toolkit_is_named(project: Path, tmp_path: Path) -> None:
    board = project / "boards/netduinoplus2.json"
    facts = json.loads(board.read_text())
    facts["mcu_toolkit"]["emulator"]["kind"] = "renode"
    board.write_text(json.dumps(facts))
    image = tmp_path / "image.elf"
    image.write_bytes(_image(0x08000000, 16))
    said = _refused(project, "netduinoplus2", image)
    assert "unknown emulator 'renode'; known: qemu, process, rp2040js; generate the project again" in said


def test_the_script_says_how_it_is_used() -> None:
    result = subprocess.run([sys.executable, FLASH_SCRIPT], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "python flash.py BOARD.json IMAGE.elf" in result.stderr
