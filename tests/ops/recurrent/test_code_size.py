"""What an LSTM of 16 units over 50 steps takes in flash: code, weights, tables and record, as the firmware compiles it."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

from mcu_toolkit.boards import load_board
from mcu_toolkit.firmware import export_sources
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system import process
from tests.ops.recurrent.models import lstm_model

LIMIT_BYTES = 5 * 1024


def flash_bytes(content: bytes, board_id: str, folder: Path) -> int:
    """Of all that the model's C file becomes; `inference.c` beside it belongs to the firmware."""
    board = load_board(board_id)
    compiler = board.core_facts.compiler
    assert compiler is not None
    if shutil.which(compiler.program) is None:
        pytest.skip(f"no {compiler.program}")
    export_sources([parse_model(content, "lstm")], board, get_runtime("aot"), folder)
    return compiled_bytes(folder / "lstm.c", (compiler.program, *compiler.flags))


def compiled_bytes(source: Path, command: Sequence[str]) -> int:
    compiled = source.with_suffix(".o")
    completed = process.run([*command, "-std=c99", "-ffp-contract=off", "-O2", "-c", source, "-o", compiled])
    assert completed.exit_code == 0, completed.output
    sections = ELFFile(io.BytesIO(compiled.read_bytes())).iter_sections()
    stored = [section for section in sections if section["sh_flags"] & SH_FLAGS.SHF_ALLOC and section["sh_type"] == "SHT_PROGBITS"]
    return sum(section["sh_size"] for section in stored)


@pytest.mark.parametrize("board", ["microbit", "netduinoplus2", "mps3-an547", "qemu-riscv32"])
def test_an_lstm_of_16_units_over_50_steps_is_less_than_5_kb(board: str, tmp_path: Path) -> None:
    found = flash_bytes(lstm_model(steps=50, inputs=16, units=16), board, tmp_path)
    assert 2 * 4 * 16 * 16 < found < LIMIT_BYTES, f"{found} bytes"  # the weights alone are 2,048
