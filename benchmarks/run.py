"""Benches every model on the emulated boards and writes the table of docs/performance.md.

    .venv/bin/python -m benchmarks.run [board ...]

Without boards: all emulated ones.  Where MCU_TFLM_LIBRARY names a library, TensorFlow Lite Micro is measured beside our compiled
code.  Instruction counts come from QEMU's icount and repeat exactly; they are not cycles.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.model_code import model_code_bytes
from benchmarks.models import ROOT, model_paths
from mcu_toolkit.boards import all_boards, load_board
from mcu_toolkit.errors import McuError
from mcu_toolkit.files import write_text
from mcu_toolkit.model import read_model
from mcu_toolkit.pipeline.bench import bench
from mcu_toolkit.pipeline.deploy import Job
from mcu_toolkit.pipeline.inputs import choose_runtime, load_inputs
from mcu_toolkit.pipeline.progress import Silent
from mcu_toolkit.report import Report
from mcu_toolkit.runtimes.base import RuntimeOptions

PAGE = ROOT / "docs" / "performance.md"
SAMPLES = 3
LIBRARY = os.environ.get("MCU_TFLM_LIBRARY")
HEADINGS = (
    "model",
    "board",
    "runtime",
    "parity",
    "instructions",
    "a MAC",
    "cycles, estimated",
    "code bytes",
    "of the model",
    "weight bytes",
    "arena bytes",
    "RAM bytes",
    "stack bytes",
)


def measure(name: str, path: Path, board_id: str, runtime: str) -> tuple[str, ...]:
    """One row of the table; a model that does not fit or is refused says so."""
    board, model = load_board(board_id), read_model(path)
    with tempfile.TemporaryDirectory(prefix="mcu-bench-") as work:
        try:
            chosen = choose_runtime(runtime, board, RuntimeOptions(tflm_library=LIBRARY if runtime == "tflm" else None))
            report = bench(Job(model, board, chosen, load_inputs(model, None, SAMPLES, 0), Path(work)), Silent())
        except McuError as error:
            return (name, board_id, runtime, error.what.splitlines()[0], *["-"] * (len(HEADINGS) - 4))
    model_code = model_code_bytes(model, board) if runtime == "aot" else None
    return (name, board_id, runtime, *cells(report, model_code))


def cells(report: Report, model_code: int | None) -> tuple[str, ...]:
    """The figures of one report; RAM is .data + .bss + the stack's high-water mark; `model_code`: None where it is not known."""
    size = report.footprint
    assert size is not None
    device = next(comparison for comparison in report.comparisons if comparison.a == "device")
    stack_bytes = report.stack_bytes or 0
    instructions = report.instructions or 0
    per_mac = f"{instructions / report.macs:.2f}" if report.macs else "-"
    cycles = "-" if report.estimated_cycles is None else f"{report.estimated_cycles:,}"
    code = (f"{size.code_bytes:,}", "-" if model_code is None else f"{model_code:,}")
    figures = (size.weights_bytes, size.arena_bytes, size.ram_bytes + stack_bytes, stack_bytes)
    return (device.level.value, f"{instructions:,}", per_mac, cycles, *code, *(f"{figure:,}" for figure in figures))


def table(rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [" | ".join(row) for row in (HEADINGS, ["---"] * len(HEADINGS), *rows)]
    return "".join(f"| {line} |\n" for line in lines)


def rows_of(board_ids: list[str]) -> Iterator[tuple[str, ...]]:
    """Every model on every board, with our code and, where there is a library, with TFLM."""
    for name, path in model_paths(ROOT / "build" / "demo").items():
        for board_id in board_ids:
            for runtime in ("aot", "tflm") if LIBRARY else ("aot",):
                yield measure(name, path, board_id, runtime)


def main(board_ids: list[str]) -> int:
    """Measure and rewrite the marked part of the page; returns an exit code."""
    rows = []
    for row in rows_of(board_ids or [board.id for board in all_boards() if board.emulator is not None and board.emulator.kind == "qemu"]):
        rows.append(row)
        print("  ".join(row), flush=True)
    marked = re.compile(r"(<!-- table -->\n).*(<!-- end -->)", re.DOTALL)
    write_text(PAGE, marked.sub(lambda m: m[1] + table(rows) + m[2], PAGE.read_text()))
    return 0 if all(row[3] == "byte-equal" or row[4] == "-" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
