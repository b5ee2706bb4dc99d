"""The table of docs/boards-tested.md: a row for each report in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mcu_toolkit.pipeline.board_check.models import LONG_RUN
from mcu_toolkit.pipeline.board_check.record import BoardReport
from mcu_toolkit.pipeline.board_check.write import read_report
from mcu_toolkit.report.page.markdown import markdown_text

_COLUMNS: Final = (
    "board",
    "part, core",
    "measured",
    "outputs",
    "clock, MHz",
    "long_run",
    "flash, bytes/us",
    "line, bytes/s each way",
    "not as its file says",
)
NOTHING_CAME_BACK: Final = "No report has come back yet: no real board has been tested."


def tested_boards(folder: Path) -> str:
    """The table as Markdown, by board and date; a sentence where `folder` has no report.

    Raises InputError for a file in it that is none.  An emulated board is called so: it proves nothing about silicon.
    """
    reports = sorted((read_report(path) for path in sorted(folder.glob("*.json"))), key=lambda one: (one.board.id, one.date))
    rows = [_row(one) for one in reports]
    return "\n".join([_line(_COLUMNS), _line(["---"] * len(_COLUMNS)), *map(_line, rows)]) if rows else NOTHING_CAME_BACK


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _row(report: BoardReport) -> list[str]:
    board = report.board
    long_run = next((row for row in report.kernels if row.name == LONG_RUN and row.ticks), None)
    wrong = sum(row.differing_bytes for row in report.kernels)
    clock = "-" if report.clock_mhz is None else f"{report.clock_mhz[0]:.4g} to {report.clock_mhz[1]:.4g}, {report.clock_is}"
    texts = [
        board.id + (f" ({board.kind})" if board.kind != "real" else ""),
        f"{board.mcu}, {board.core}",
        report.date,
        f"byte-equal to {report.image.golden}" if not wrong else f"{wrong:,} bytes differ",
        clock,
        "-" if long_run is None or long_run.ticks is None else f"{long_run.ticks[1]:,} {report.tick_unit}",
        "-" if report.flash_read is None else f"{report.flash_read.bytes_per_us:.3g}",
        "; ".join(f"{line.echoed_bytes_per_s:,.0f} at {line.baud}" for line in report.lines),
        ", ".join(row.name for row in report.checks if row.as_board_file == "no") or "-",
    ]
    return [markdown_text(text) for text in texts]
