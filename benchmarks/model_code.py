"""Code that a model itself needs: its kernels, tables and what they call of the compiler's libraries, without a firmware around it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from mcu_toolkit.boards import Board
from mcu_toolkit.build import compiler_of, read_footprint
from mcu_toolkit.firmware import export_sources
from mcu_toolkit.model import Model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system.process import require_tool, run

_FLAGS = ("-std=c99", "-O2", "-ffp-contract=off", "-ffunction-sections", "-fdata-sections")
"""As common/platformio.ini.j2 has them for `--optimize balanced`."""
_ROOM = ("-Wl,--defsym=__flash_size=0x1000000", "-Wl,--defsym=__ram_size=0x1000000")
"""Picolibc's linker script, which is that of RISC-V here, has 64 and 32 KB; others do not look at these names."""
_LINK = ("-nostartfiles", "-Wl,--gc-sections", "-Wl,-e,main", *_ROOM)
_MAIN = """#include "{prefix}.h"

int main(void) {{
    *(volatile char *){prefix}_input0() = 1;
    {prefix}_invoke();
    return *(const volatile char *){prefix}_output0();
}}
"""


def model_code_bytes(model: Model, board: Board) -> int:
    """Everything in flash but the model's constants, of an export linked with a main() that only calls the model.

    Raises InputError for a board that our own platform does not build for, ToolError where its compiler is missing.
    """
    compiler = compiler_of(board)
    program = require_tool(compiler.program, hint="install the compiler of the board")
    with tempfile.TemporaryDirectory(prefix="mcu-code-") as folder:
        work = Path(folder)
        export_sources([model], board, get_runtime("aot"), work)
        sources = [path for path in work.glob("*.c") if path.stem != "inference"]
        prefix = next(path.stem for path in sources if path.stem != "aot_arena")
        (work / "main.c").write_text(_MAIN.format(prefix=prefix))
        elf = work / "model.elf"
        completed = run([program, *compiler.flags, *_FLAGS, *_LINK, "-I", work, "-o", elf, *sources, work / "main.c"])
        assert completed.exit_code == 0, completed.output
        return read_footprint(elf).code_bytes
