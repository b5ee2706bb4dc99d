"""The table of docs/reference/compilers.md: a model compiled by GCC and by Clang for each kind of core, at each level, run and counted.

    .venv/bin/python -m benchmarks.compilers MODEL.tflite [--board BOARD]... [--level=LEVEL]... [--dry]

Every image runs on the emulated board and has to give TensorFlow Lite Micro's bytes; instruction counts come from QEMU and
repeat exactly.  What was measured is kept in build/compilers, by a hash of everything it depends on.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.figures import Figures, keep_figures, kept_figures
from benchmarks.keys import aot_key
from benchmarks.models import ROOT
from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.errors import McuError
from mcu_toolkit.model import Model, read_model
from mcu_toolkit.pipeline.deploy import deploy
from mcu_toolkit.pipeline.profiling.bench import bench
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.workspace.inputs import choose_runtime
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from mcu_toolkit.runtimes.base import RuntimeOptions
from mcu_toolkit.system.files import write_text
from mcu_toolkit.system.process import require_tool, run

PAGE = ROOT / "docs" / "reference" / "compilers.md"
KEPT = ROOT / "build" / "compilers"
BOARDS = {
    "microbit": "Cortex-M0",
    "mps2-an385": "Cortex-M3",
    "netduinoplus2": "Cortex-M4F",
    "mps2-an505": "Cortex-M33",
    "mps3-an547": "Cortex-M55",
    "qemu-riscv32": "RV32IMAC",
}
LEVELS = ("-O1", "-O2", "-O3", "-Os", "-O2 -flto")
COMPILERS = ("gcc", "clang")
SAMPLES = 2

Cell = tuple[str, str, str]
"""Board, level, compiler."""


def built_by(compiler: str, level: str, board: Board) -> Board:
    """`board` with this compiler and level in its platformio.ini, where the last -O counts, for all sources of a firmware.

    (-Os among `build_flags` would do nothing: `build_unflags` names it, as PlatformIO brings it by itself.)
    """
    options = dict(board.platformio.options)
    options["build_src_flags"] = "\n".join(filter(None, (options.get("build_src_flags", ""), *level.split())))
    if "-flto" in level:
        options["build_flags"] = "\n".join(filter(None, (options.get("build_flags", ""), "-flto")))
    options["custom_compiler"] = compiler
    return dataclasses.replace(board, platformio=dataclasses.replace(board.platformio, options=tuple(options.items())))


def measure(name: str, model: Model, cell: Cell) -> Figures:
    """The model on a board, from what is kept where nothing it depends on has changed; a failure of a tool is a result, too."""
    board_id, level, compiler = cell
    board = built_by(compiler, level, load_board(board_id))
    runtime = choose_runtime("aot", board, RuntimeOptions())
    version = run([require_tool(compiler, hint="make setup-dev"), "--version"]).output.splitlines()[0]
    key = f"{aot_key(model, board, runtime, SAMPLES)} {version}"
    place = f"{name}-{board_id}-{compiler}{level.replace(' ', '')}"
    kept = kept_figures(KEPT / f"{place}.json", key)
    if kept is not None:
        return kept
    try:
        job = Job(model, board, runtime, load_inputs(model, None, SAMPLES, 0), KEPT / "projects" / place)
        # `bench` also says in which functions instructions are, between two calls that link-time optimisation takes away.
        report = deploy(job, Silent()) if "-flto" in level else bench(job, Silent())
        made = Figures.of((name, board_id, "aot"), report)
    except McuError as error:
        return Figures.failed((name, board_id, "aot"), error.what)
    keep_figures(KEPT / f"{place}.json", key, made)
    return made


def table(found: Mapping[Cell, Figures]) -> str:
    """A row for a board and a level: what both compilers' firmware showed."""
    lines = [
        "| core | level | GCC | Clang | instructions, GCC | Clang | Clang / GCC | code bytes, GCC | Clang |\n",
        "|---|---|---|---|---|---|---|---|---|\n",
    ]
    for board_id, level in dict.fromkeys((board_id, level) for board_id, level, _ in found):
        rows = [found.get((board_id, level, compiler)) for compiler in COMPILERS]
        counts = [row.instructions if row else None for row in rows]
        cells = [BOARDS[board_id], f"`{level}`", *(_result(row) for row in rows), *map(_number, counts)]
        cells.append(f"{counts[1] / counts[0]:.2f}" if counts[0] and counts[1] else "-")
        cells += [_number(row.code_bytes if row else None) for row in rows]
        lines.append(f"| {' | '.join(cells)} |\n")
    return "".join(lines)


def _result(row: Figures | None) -> str:
    return "not run" if row is None else row.parity or row.why


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def main(words: Sequence[str]) -> int:
    """Measure and rewrite the marked part of the page; returns an exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.compilers", description="Compile a model with GCC and Clang, run and count.")
    parser.add_argument("model", type=Path)
    parser.add_argument("--board", action="append", choices=list(BOARDS), help="default: all")
    parser.add_argument("--level", action="append", choices=LEVELS, help="default: all")
    parser.add_argument("--dry", action="store_true", help="print only; leave the page as it is")
    arguments = parser.parse_args(words)
    model, name, found = read_model(arguments.model), arguments.model.stem, {}
    for level in arguments.level or LEVELS:
        for board_id in arguments.board or BOARDS:
            for compiler in COMPILERS:
                found[board_id, level, compiler] = measure(name, model, (board_id, level, compiler))
                print(f"{compiler:6}{level:10} {found[board_id, level, compiler].line()}", flush=True)
    order = {(board_id, level): at for at, (board_id, level) in enumerate((one, two) for one in BOARDS for two in LEVELS)}
    found = {cell: found[cell] for cell in sorted(found, key=lambda cell: (order[cell[:2]], COMPILERS.index(cell[2])))}
    if not arguments.dry:
        marked = re.compile(r"(<!-- table -->\n).*(<!-- end -->)", re.DOTALL)
        write_text(PAGE, marked.sub(lambda match: match[1] + table(found) + match[2], PAGE.read_text("utf-8")))
    return 0 if all(row.is_well for row in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
