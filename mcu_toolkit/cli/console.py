"""Progress on the terminal: one line per stage, notes under it, and on a terminal a spinner or a bar below."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TextIO

from rich.console import Console as RichConsole
from rich.console import RenderableType
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

from mcu_toolkit.cli.errors import raise_if_interrupted
from mcu_toolkit.cli.wrapping import fitted

_INDENT = "  "
_BAR_WIDTH = 16
"""Characters: with numbers and time left it leaves half of 80 columns to the state."""


class _Rate(ProgressColumn):
    """Steps per second, or seconds per step where they take longer than one."""

    def render(self, task: Task) -> Text:
        """The rate of the last steps; nothing before the first ones."""
        if not task.speed:
            return Text("")
        return Text(f"{task.speed:.1f}/s" if task.speed >= 1 else f"{1 / task.speed:.1f} s each")


class Console:
    """A `Progress` for people.  Everything goes to stderr, so that results on stdout can be piped."""

    def __init__(self, *, quiet: bool = False, verbose: bool = False, spins: bool = True, stream: TextIO | None = None) -> None:
        """`spins`: show during a stage that it is still going on; not where results are printed at the same time."""
        self._stream = stream or _own_stderr()
        self._console = RichConsole(file=self._stream, highlight=False, markup=False, soft_wrap=True)
        self._quiet = quiet
        self._verbose = verbose
        self._spins = spins
        self._moving: Progress | None = None
        self._bar: TaskID | None = None

    def stage(self, title: str) -> None:
        """Print the stage's title on a line of its own; on a terminal a spinner follows until the next line."""
        self._print(f"-- {title}")
        self._spin()

    def note(self, text: str) -> None:
        """Print a note, indented under its stage."""
        for line in text.splitlines():
            self._print(f"   {line}")
        self._spin()

    def advance(self, done: int, total: int, state: str = "") -> None:
        """Draw the bar with `state` behind it; nothing unless stderr is a terminal."""
        raise_if_interrupted()
        if not self.draws:
            return
        if self._moving is None or self._bar is None:
            self._stop()
            state_column = TextColumn("{task.description}", table_column=Column(no_wrap=True, overflow="ellipsis"))
            columns = (TextColumn(_INDENT), BarColumn(_BAR_WIDTH), MofNCompleteColumn(), _Rate(), TimeRemainingColumn(), state_column)
            self._bar = self._start(columns, total)
        if self._moving is not None:
            self._moving.update(self._bar, completed=done, total=total, description=state)
        if done >= total:
            self._spin()

    def line(self, text: str) -> None:
        """Print a line of a program's output if --verbose was given."""
        if self._verbose:
            self._print(f"   | {text}")
            self._spin()

    def close(self) -> None:
        """Take away what moves and give the terminal back; idempotent."""
        self._stop()
        if self._stream is not sys.stderr:
            self._stream.flush()

    def live(self, view: Callable[[], RenderableType]) -> Live:
        """Something that is drawn again and again below what is printed; whoever asks for it stops it."""
        self._stop()
        live = Live(get_renderable=view, console=self._console, transient=True, redirect_stdout=False, redirect_stderr=False)
        live.start()
        return live

    @property
    def draws(self) -> bool:
        """True where something can move: stderr is a terminal."""
        return not self._quiet and self._console.is_terminal

    def _spin(self) -> None:
        self._stop()
        if self.draws and self._spins:
            self._start((TextColumn(_INDENT), SpinnerColumn("line"), TimeElapsedColumn()), None)

    def _start(self, columns: tuple[ProgressColumn, ...], total: int | None) -> TaskID:
        # Results go to the real stdout, never by way of this display.
        self._moving = Progress(*columns, console=self._console, transient=True, redirect_stdout=False, redirect_stderr=False)
        self._moving.start()
        return self._moving.add_task("", total=total)

    def _stop(self) -> None:
        if self._moving is not None:
            self._moving.stop()
        self._moving = None
        self._bar = None

    def _print(self, text: str) -> None:
        raise_if_interrupted()
        self._stop()
        if not self._quiet:
            self._console.print(fitted(text, self._stream))


def _own_stderr() -> TextIO:
    """stderr under a descriptor of its own: what C++ libraries print there is held back by redirecting the usual one."""
    try:
        return os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", errors="replace", buffering=1)
    except (OSError, ValueError):  # no stderr at all, or one that is no file
        return sys.stderr
