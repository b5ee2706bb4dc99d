"""memcpy() and memset() of our bare-metal firmware, on cores that read words at any address and on one that does not."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.system.resources import templates_dir

SOURCE = templates_dir() / "platforms" / "baremetal" / "cortex_m" / "memory.c"
MAIN = Path(__file__).parent / "memory_main.c"
PLACES = "-Wl,--section-start=.vectors=0,-Ttext=0x100,-Tbss=0x20000000"


def outcome(board_id: str, level: str, source: Path, folder: Path) -> int:
    """The exit code of the emulator: 0 where every byte is right."""
    board = load_board(board_id)
    compiler = board.core_facts.compiler
    assert compiler is not None
    assert board.emulator is not None
    for program in (compiler.program, board.emulator.program):
        if shutil.which(program) is None:
            pytest.skip(f"no {program}")
    image = folder / "memory.elf"
    warnings = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror")
    sources = (*compiler.flags, level, *warnings, "-nostdlib", PLACES, str(source), str(MAIN), "-lgcc", "-o", str(image))
    subprocess.run([compiler.program, *sources], check=True)
    machine = ("-machine", board.emulator.machine, "-display", "none", "-semihosting", "-kernel", str(image))
    return subprocess.run([board.emulator.program, *machine], check=False, timeout=120).returncode


@pytest.mark.parametrize("level", ["-Os", "-O2"])
@pytest.mark.parametrize("board_id", ["microbit", "mps2-an385", "netduinoplus2"])
def test_every_offset_and_length_is_copied_and_filled(board_id: str, level: str, tmp_path: Path) -> None:
    assert outcome(board_id, level, SOURCE, tmp_path) == 0


def test_the_program_notices_a_byte_too_many(tmp_path: Path) -> None:
    wrong = tmp_path / "memory.c"
    wrong.write_text(SOURCE.read_text().replace("bytes >= 16; bytes -= 16", "bytes >= 12; bytes -= bytes < 16 ? bytes : 16"))
    assert outcome("mps2-an385", "-Os", wrong, tmp_path) == 1
