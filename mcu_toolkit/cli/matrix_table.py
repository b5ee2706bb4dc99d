"""How a matrix goes, live: on a terminal a table of what runs, elsewhere a line for each cell that ends."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from mcu_toolkit.cli.errors import raise_if_interrupted
from mcu_toolkit.pipeline.matrix.views import name_of, speed_text
from mcu_toolkit.terminal_text import visible_line

if TYPE_CHECKING:
    from rich.live import Live

    from mcu_toolkit.cli.console import Console
    from mcu_toolkit.pipeline.matrix.jobs import Job
    from mcu_toolkit.pipeline.matrix.records import Cell, MatrixRow

_SHOWN_RUNNING = 16
_COLOURS = {"pass": "green", "fail": "red", "unsupported": "yellow", "error": "red"}


class MatrixTable:
    """A `Watch`.  Everything goes to stderr by way of `console`, as all progress does."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self._console = console
        self._quiet = quiet
        self._live: Live | None = None
        self._cells = 0
        self._done: dict[str, int] = {}
        self._running: dict[str, tuple[Job, str, str, float]] = {}

    def __enter__(self) -> MatrixTable:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def planned(self, cells: Sequence[Cell], rows: Sequence[MatrixRow]) -> None:
        """Say how many cells there are, and begin the table."""
        self._cells = len(cells)
        for row in rows:
            self._count(row)
        known = f", {len(rows)} of them without a job" if rows else ""
        self._console.stage(f"matrix: {len(cells)} cells{known}")
        if self._console.draws and len(rows) < len(cells):
            self._live = self._console.live(self._view)

    def began(self, job: Job, where: str) -> None:
        """A row in the table."""
        self._running[job.key] = (job, where, "starting", time.monotonic())
        raise_if_interrupted()

    def stage(self, job: Job, text: str) -> None:
        """What the row says."""
        if job.key in self._running:
            _, where, _, begun_s = self._running[job.key]
            self._running[job.key] = (job, where, text, begun_s)
        raise_if_interrupted()

    def ended(self, row: MatrixRow) -> None:
        """The row leaves the table; its verdict is a line of its own."""
        self._running = {key: one for key, one in self._running.items() if one[0].cell != row.cell}
        self._count(row)
        outcome = row.outcome
        reason = f": {outcome.reasons[0].splitlines()[0]}" if outcome.reasons else f", {speed_text(outcome.figures)}"
        self._say(f"{outcome.verdict:11} {sum(self._done.values())}/{self._cells} {name_of(row)}{reason}", _COLOURS[outcome.verdict])
        raise_if_interrupted()

    def _count(self, row: MatrixRow) -> None:
        self._done[row.outcome.verdict] = self._done.get(row.outcome.verdict, 0) + 1

    def _say(self, text: str, colour: str) -> None:
        if self._live is not None:
            self._live.console.print(Text(visible_line(text), style=colour))
        elif not self._quiet:
            self._console.note(visible_line(text))

    def _view(self) -> Group:
        table = Table(box=None, pad_edge=False)
        for name in ("cell", "where", "now", "s"):
            table.add_column(name, no_wrap=True, overflow="ellipsis", justify="right" if name == "s" else "left")
        for job, where, text, begun_s in list(self._running.values())[:_SHOWN_RUNNING]:
            cell = job.cell
            name = " ".join(filter(None, (cell.model, cell.scheme, cell.board, cell.runtime, cell.flags)))
            table.add_row(*map(visible_line, (name, where, text, f"{time.monotonic() - begun_s:.0f}")))
        counts = ", ".join(f"{count} {verdict}" for verdict, count in self._done.items()) or "none ended yet"
        more = max(0, len(self._running) - _SHOWN_RUNNING)
        waiting = self._cells - sum(self._done.values()) - len(self._running)
        return Group(table, Text(f"{counts}; {len(self._running)} running{f' ({more} not shown)' if more else ''}, {waiting} to come"))
