"""Deploys every model on emulated boards and writes the table of docs/performance.md.

    .venv/bin/python -m benchmarks.run [board ...]

Instruction counts come from QEMU's icount and repeat exactly; they are not cycles.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from benchmarks.models import ROOT, model_paths
from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import McuError
from mcu_toolkit.files import write_text
from mcu_toolkit.model import read_model
from mcu_toolkit.pipeline.deploy import Job, deploy
from mcu_toolkit.pipeline.inputs import choose_runtime, load_inputs
from mcu_toolkit.pipeline.progress import Silent
from mcu_toolkit.report import Report

PAGE = ROOT / "docs" / "performance.md"
SAMPLES = 3
HEADINGS = ("model", "board", "parity", "instructions", "code bytes", "weight bytes", "arena bytes", "RAM bytes", "stack bytes")


def measure(name: str, path: Path, board_id: str) -> tuple[str, ...]:
    """One row of the table; a model that does not fit says so."""
    board, model = load_board(board_id), read_model(path)
    with tempfile.TemporaryDirectory(prefix="mcu-bench-") as work:
        try:
            report = deploy(Job(model, board, choose_runtime(None, board), load_inputs(model, None, SAMPLES, 0), Path(work)), Silent())
        except McuError as error:
            return (name, board_id, error.what.splitlines()[0], *["-"] * 6)
    return (name, board_id, *cells(report))


def cells(report: Report) -> tuple[str, ...]:
    """The figures of one report; RAM is .data + .bss + the stack's high-water mark."""
    size = report.footprint
    assert size is not None
    device = next(comparison for comparison in report.comparisons if comparison.a == "device")
    stack_bytes = report.stack_bytes or 0
    figures = (report.instructions or 0, size.code_bytes, size.weights_bytes, size.arena_bytes, size.ram_bytes + stack_bytes, stack_bytes)
    return (device.level.value, *(f"{figure:,}" for figure in figures))


def table(rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [" | ".join(row) for row in (HEADINGS, ["---"] * len(HEADINGS), *rows)]
    return "".join(f"| {line} |\n" for line in lines)


def main(board_ids: list[str]) -> int:
    """Measure and rewrite the marked part of the page; returns an exit code."""
    rows = []
    for name, path in model_paths(ROOT / "build" / "demo").items():
        for board_id in board_ids:
            rows.append(measure(name, path, board_id))
            print("  ".join(rows[-1]), flush=True)
    marked = re.compile(r"(<!-- table -->\n).*(<!-- end -->)", re.DOTALL)
    write_text(PAGE, marked.sub(lambda m: m[1] + table(rows) + m[2], PAGE.read_text()))
    return 0 if all(row[2] == "byte-equal" or row[3] == "-" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["netduinoplus2"]))
