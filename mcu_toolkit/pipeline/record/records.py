"""What `mcu record` is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RecordRequest:
    """The options of `mcu record`."""

    label: str
    """The class: the recordings go into the sub-folder of this name."""
    board: str | None = None
    sensor: str = "microphone"
    """One of SENSOR_KINDS."""
    output: Path = Path("recordings")
    seconds: float = 1.0
    """Of each recording."""
    count: int = 1
    pause_s: float = 0.5
    """Between two recordings; what the sensor measures then is thrown away."""
    port: str | None = None


@dataclass(frozen=True)
class Hole:
    """Samples of a recording that were lost, because nobody took them in time."""

    from_s: float
    """In the recording as it is: they are missing somewhere between here ..."""
    to_s: float
    """... and here."""
    samples: int


@dataclass(frozen=True)
class Recorded:
    """One file."""

    file: Path
    samples: int
    seconds: float
    peak: float
    """The largest value, in full scales of sound, in g or in volts."""
    clipped: int
    """Numbers at the end of the range."""
    holes: tuple[Hole, ...]

    @property
    def lost(self) -> int:
        """Samples that are missing."""
        return sum(hole.samples for hole in self.holes)


@dataclass(frozen=True)
class RecordResult:
    """What `mcu record` wrote."""

    board: str
    sensor: str
    channels: int
    rate_hz: float
    scale: float
    label: str
    recordings: tuple[Recorded, ...]
    lost: int
    """Samples that are missing in all of them."""
    ended: bool
    """The recording that an emulated board plays was over before everything was recorded."""
    interrupted: bool
