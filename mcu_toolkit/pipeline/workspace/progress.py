"""How long-running steps report progress; the CLI draws it, tests ignore it."""

from __future__ import annotations

from typing import Protocol


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
