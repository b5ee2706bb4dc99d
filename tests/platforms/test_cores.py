"""The start-up code and the linker script serve every Cortex-M in the platform's table, not only the board we have."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.boards.core_table import CORES
from tests.platforms.echo_project import compile_echo

ARM_CORES = sorted(name for name, core in CORES.items() if core.family.name == "cortex_m")


def test_the_table_has_every_cortex_m_a_board_may_name() -> None:
    assert [f"cortex-m{x}" for x in ("0", "0plus", "3", "33", "4", "4f", "55", "7")] == ARM_CORES


@pytest.mark.parametrize("core", ARM_CORES)
def test_the_bare_metal_platform_compiles_and_links_for(core: str, tmp_path: Path) -> None:
    board = replace(load_board("netduinoplus2"), core=core)
    elf = compile_echo(board, tmp_path / "project")
    header = subprocess.run(["arm-none-eabi-readelf", "-hA", elf], capture_output=True, text=True, check=True).stdout
    has_fpu = core in {"cortex-m4f", "cortex-m7", "cortex-m33", "cortex-m55"}
    assert ("hard-float ABI" in header) == has_fpu
    code = subprocess.run(["arm-none-eabi-objdump", "-d", elf], capture_output=True, text=True, check=True).stdout
    start = code[code.index("<reset_handler>:") :]
    start = start[: start.index("\n\n")]
    assert ("0xe000ed88" in start.lower() or "e000ed88" in start.lower()) == has_fpu, "CPACR is written exactly where there is an FPU"
