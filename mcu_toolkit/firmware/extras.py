"""What goes into a firmware besides its models, its board and its runtime."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.firmware.application import Application
from mcu_toolkit.firmware.benchmark import Benchmark


@dataclass(frozen=True)
class Extras:
    """All of it is left out by default, and then costs nothing."""

    application: Application | None = None
    """The user's own code beside the command loop."""
    board_file: Path | None = None
    """The TOML of a board that is not a shipped one; the project keeps a copy, see `own_board_file`."""
    observer: bool = False
    """The firmware notes what every layer produces (capability OBSERVER of docs/protocol.md): the same kernels and plan, and some
    RAM and time more."""
    benchmark: Benchmark | None = None
    """Speak that benchmark's protocol instead of the toolkit's."""
    sensor: str = ""
    """A kind of sensor whose hook (mcu_sensor.h) the firmware has; an application that reads one brings it anyway."""


NO_EXTRAS: Extras = Extras()
