"""Drawing on the terminal: a line a stage, notes under it, a progress bar where stderr is a terminal."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console as RichConsole
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from mcu_toolkit.cli.errors import raise_if_interrupted


class Console:
    """A `Progress` for people.  Everything goes to stderr, so that results on stdout can be piped."""

    def __init__(self, *, quiet: bool = False, verbose: bool = False, stream: TextIO | None = None) -> None:
        self._console = RichConsole(file=stream, stderr=stream is None, highlight=False, markup=False, soft_wrap=True)
        self._quiet = quiet
        self._verbose = verbose
        self._bar: Progress | None = None
        self._task = TaskID(0)

    def stage(self, title: str) -> None:
        """Print the stage's title on a line of its own."""
        self._print(f"-- {title}")

    def note(self, text: str) -> None:
        """Print a note, indented under its stage."""
        for line in text.splitlines():
            self._print(f"   {line}")

    def advance(self, done: int, total: int) -> None:
        """Draw the bar; nothing unless stderr is a terminal."""
        raise_if_interrupted()
        if self._quiet or not self._console.is_terminal:
            return
        if self._bar is None:
            columns = (TextColumn("  "), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._bar.start()
            self._task = self._bar.add_task("", total=total)
        self._bar.update(self._task, completed=done, total=total)
        if done >= total:
            self.close()

    def line(self, text: str) -> None:
        """Print a line of a program's output if --verbose was given."""
        if self._verbose:
            self._print(f"   | {text}")

    def close(self) -> None:
        """Take the bar away and give the terminal back; idempotent."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _print(self, text: str) -> None:
        raise_if_interrupted()
        self.close()
        if not self._quiet:
            self._console.print(text)
