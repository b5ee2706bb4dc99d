"""How long-running steps report progress; the CLI draws it, tests ignore it."""

from __future__ import annotations

from typing import Protocol

from mcu_toolkit.terminal_text import visible_line


class Progress(Protocol):
    """Receives what a step does while it does it.  Nothing here may fail or change a result."""

    def stage(self, title: str) -> None:
        """A new stage begins: `building with PlatformIO`."""
        ...

    def note(self, text: str) -> None:
        """Something the user should know, one line or a few."""
        ...

    def advance(self, done: int, total: int, state: str = "") -> None:
        """`done` of `total` steps of the current stage; `state` is what to show beside the bar: `loss 0.213`."""
        ...

    def line(self, text: str) -> None:
        """A line that a program we run printed; shown only with --verbose."""
        ...


class Silent:
    """Ignores everything."""

    def stage(self, title: str) -> None:
        """Ignore."""

    def note(self, text: str) -> None:
        """Ignore."""

    def advance(self, done: int, total: int, state: str = "") -> None:
        """Ignore."""

    def line(self, text: str) -> None:
        """Ignore."""


class Printed:
    """Prints stages and notes, as a notebook or a script wants to see them; programs' own lines only where `verbose`."""

    def __init__(self, *, verbose: bool = False) -> None:
        self._verbose = verbose

    def stage(self, title: str) -> None:
        """Print the stage's title."""
        print(f"-- {visible_line(title)}", flush=True)

    def note(self, text: str) -> None:
        """Print a note, indented under its stage."""
        for line in text.splitlines():
            print(f"   {visible_line(line)}", flush=True)

    def advance(self, done: int, total: int, state: str = "") -> None:
        """Nothing: a bar needs a terminal."""

    def line(self, text: str) -> None:
        """Print a line that a program printed, where `verbose`."""
        if self._verbose:
            print(f"   | {visible_line(text)}", flush=True)
