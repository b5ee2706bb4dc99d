"""Code that models themselves need: their kernels, tables and what they call of the compiler's libraries, without a firmware around them.

    .venv/bin/python -m benchmarks.model_code MODEL.tflite... [--board BOARD]...

prints the bytes of code of one program with all the models, exported together and one by one, and of each model in both forms.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mcu_toolkit.artifacts.code_names import code_names
from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.build import compiler_of, read_footprint
from mcu_toolkit.firmware import export_folder
from mcu_toolkit.model import Model, read_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system.process import require_tool, run

_FLAGS = ("-std=c99", "-O2", "-ffp-contract=off", "-ffunction-sections", "-fdata-sections")
"""As common/platformio.ini.j2 has them for `--optimize balanced`."""
_ROOM = ("-Wl,--defsym=__flash_size=0x1000000", "-Wl,--defsym=__ram_size=0x1000000")
"""Picolibc's linker script, which is that of RISC-V here, has 64 and 32 KB; others do not look at these names."""
_LINK = ("-nostartfiles", "-Wl,--gc-sections", "-Wl,-e,main", *_ROOM)
_STATIC = """
static int run_{prefix}(void) {{
    *(volatile char *){prefix}_input0() = 1;
    {prefix}_invoke();
    return *(const volatile char *){prefix}_output0();
}}
"""
_CONTEXT = """
static {prefix}_context {prefix};
static uint8_t {prefix}_memory[sizeof {prefix}_arena] AOT_ALIGNED(AOT_ARENA_ALIGNMENT);

static int run_{prefix}(void) {{
    int failed = {prefix}_context_init(&{prefix}, {prefix}_memory, sizeof {prefix}_memory);
    *(volatile char *){prefix}_context_input0(&{prefix}) = 1;
    failed += {prefix}_context_invoke(&{prefix});
    return failed + *(const volatile char *){prefix}_context_output0(&{prefix});
}}
"""
_BOARDS = ("netduinoplus2", "mps3-an547", "microbit", "mps2-an385")


def model_code_bytes(model: Model, board: Board) -> int:
    """Everything in flash but the model's constants, of an export linked with a main() that only calls the model.

    Raises InputError for a board that our own platform does not build for, ToolError where its compiler is missing.
    """
    return program_code_bytes([[model]], board)


def program_code_bytes(exports: Sequence[Sequence[Model]], board: Board, form: str = _STATIC) -> int:
    """The same of a program with several exports, each of some models; raises what `model_code_bytes` does."""
    compiler = compiler_of(board)
    program = require_tool(compiler.program, hint="install the compiler of the board")
    with tempfile.TemporaryDirectory(prefix="mcu-code-") as name:
        work = Path(name)
        folders = [export_folder(models, board, get_runtime("aot"), work / str(number)).folder for number, models in enumerate(exports)]
        prefixes = [prefix for models in exports for prefix in code_names([model.name for model in models])]
        functions = "".join(form.format(prefix=prefix) for prefix in prefixes)
        calls = " + ".join(f"run_{prefix}()" for prefix in prefixes)
        headers = "".join(f'#include "{prefix}.h"\n' for prefix in prefixes)
        (work / "main.c").write_text(f"{headers}{functions}\nint main(void) {{\n    return {calls};\n}}\n")
        sources = [path for folder in folders for path in sorted(folder.glob("*.c"))]
        includes = [f"-I{folder}" for folder in folders]
        elf = work / "model.elf"
        completed = run([program, *compiler.flags, *_FLAGS, *_LINK, *includes, "-o", elf, *sources, work / "main.c"])
        assert completed.exit_code == 0, completed.output
        return read_footprint(elf).code_bytes


def main(arguments: Sequence[str]) -> None:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(prog="benchmarks.model_code")
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL")
    parser.add_argument("--board", action="append", default=[])
    given = parser.parse_args(arguments)
    models = [read_model(path) for path in given.models]
    for board_id in given.board or _BOARDS:
        board = load_board(board_id)
        for model in models:
            static, context = (program_code_bytes([[model]], board, form) for form in (_STATIC, _CONTEXT))
            print(f"{board_id}: {model.name} {static:,} bytes, as a context {context:,}")
        if len(models) > 1:
            together, apart = (program_code_bytes(exports, board) for exports in ([models], [[model] for model in models]))
            print(f"{board_id}: exported together {together:,} bytes, one by one {apart:,}: {100 * (apart - together) / apart:.1f} % less")


if __name__ == "__main__":
    main(sys.argv[1:])
