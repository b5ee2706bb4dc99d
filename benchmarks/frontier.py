"""What less RAM costs: arenas from the default one to the smallest, measured, into the marked part of docs/performance.md.

    .venv/bin/python -m benchmarks.frontier [board ...]

Without boards: netduinoplus2 (Cortex-M4) and mps3-an547 (Cortex-M55).  For models with cascades the limits of the arena lie
evenly between the default plan and the smallest one; limits that give the same plan are measured once.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.models import ROOT, absent_models, model_paths
from benchmarks.run import PAGE, SAMPLES
from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import Model, read_model
from mcu_toolkit.pipeline.profiling.bench import bench
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.workspace.inputs import choose_runtime
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from mcu_toolkit.runtimes import PlansMemory
from mcu_toolkit.runtimes.base import RuntimeOptions
from mcu_toolkit.system.files import write_text

MODELS = ("kws", "vww", "ic")
BOARDS = ("netduinoplus2", "mps3-an547")
_STEPS = 4
HEADINGS = ("model", "board", "--max-arena", "arena bytes", "RAM bytes", "instructions", "cycles, estimated", "code bytes")


def arena_bytes(model: Model, board: Board, options: RuntimeOptions) -> int:
    """As planned; nothing is built."""
    runtime = choose_runtime("aot", board, options)
    assert isinstance(runtime, PlansMemory)
    return int(runtime.memory(model, board).arena_bytes)


def points(model: Model, board: Board) -> dict[int, RuntimeOptions]:
    """Options by the arena that they give, the default first, the smallest last."""
    largest, smallest = (arena_bytes(model, board, options) for options in (RuntimeOptions(), RuntimeOptions(optimize="ram")))
    found = {largest: RuntimeOptions()}
    for number in range(_STEPS - 1, -1, -1):
        options = RuntimeOptions(max_arena_bytes=smallest + number * (largest - smallest) // _STEPS)
        try:
            found.setdefault(arena_bytes(model, board, options), options)
        except UnsupportedModelError:  # a plan for this very limit need not exist
            continue
    return found


def measure(name: str, model: Model, board: Board, options: RuntimeOptions) -> tuple[str, ...]:
    """One row of the table; raises McuError as `bench` does, AssertionError where outputs are not TFLM's."""
    with tempfile.TemporaryDirectory(prefix="mcu-frontier-") as work:
        runtime = choose_runtime("aot", board, options)
        report = bench(Job(model, board, runtime, load_inputs(model, None, SAMPLES, 0), Path(work)), Silent())
    size = report.footprint
    assert size is not None
    assert report.verdict == "pass", f"{name} on {board.id} with {options}: outputs differ from TFLM's"
    limit = "-" if options.max_arena_bytes is None else f"{options.max_arena_bytes:,}"
    cycles = "-" if report.estimated_cycles is None else f"{report.estimated_cycles:,}"
    figures = (size.arena_bytes, size.ram_bytes + (report.stack_bytes or 0), report.instructions or 0)
    return (name, board.id, limit, *(f"{figure:,}" for figure in figures), cycles, f"{size.code_bytes:,}")


def rows_of(board_ids: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The frontier of each model on each board; says on stderr which models are not here."""
    paths = model_paths(ROOT / "build" / "demo")
    for line in absent_models(paths):
        print(line, file=sys.stderr)
    for name in MODELS:
        if name in paths:
            model = read_model(paths[name])
            for board in map(load_board, board_ids):
                for options in points(model, board).values():
                    yield measure(name, model, board, options)


def main(board_ids: list[str]) -> int:
    """Measure and rewrite the marked part of the page; returns an exit code."""
    rows = []
    for row in rows_of(tuple(board_ids) or BOARDS):
        rows.append(row)
        print("  ".join(row), flush=True)
    lines = [" | ".join(row) for row in (HEADINGS, ["---"] * len(HEADINGS), *rows)]
    table = "".join(f"| {line} |\n" for line in lines)
    marked = re.compile(r"(<!-- frontier -->\n).*(<!-- end of frontier -->)", re.DOTALL)
    write_text(PAGE, marked.sub(lambda m: m[1] + table + m[2], PAGE.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
