"""Cycles of the core, how they are known, and the words for them: an estimate is a band, never one number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mcu_toolkit.boards import CycleBand


@dataclass(frozen=True)
class Cycles:
    """What an inference, or a layer of it, takes of the core's clock."""

    value: int
    """Of an estimate the count by the core's manual without wait states: what is compared from run to run, and no prediction."""
    source: Literal["measured", "estimated"]
    """`measured` by the board's own counter, or `estimated` from the instructions that ran on an emulator."""
    band: tuple[int, int] | None = None
    """Of an estimate: the least and the most that the board takes (boards/core_cycles.py); None in results that do not say it."""
    clock_hz: int | None = None
    """Of the board; None where it is not known."""
    calibrated: bool | None = None
    """Of an estimate: whether the band was measured on silicon with other programs; else it is the extremes of the core's manual."""

    @classmethod
    def of(cls, measured: int | None, estimated: int | None, band: CycleBand | None = None) -> Cycles | None:
        """The better of the two numbers, None where there is neither."""
        if measured is not None:
            return cls(measured, "measured")
        if estimated is None:
            return None
        if band is None:
            return cls(estimated, "estimated")
        return cls(estimated, "estimated", band.of(estimated), band.clock_hz, band.is_calibrated)

    @classmethod
    def estimated(cls, instructions: int | None, weighted: int | None, band: CycleBand | None) -> Cycles | None:
        """Of what an emulator counted: by `weighted`, the count by the core's manual, or by `instructions` where it gives none.

        None where there is neither, and for instructions of a core without a band.
        """
        return cls.of(None, instructions if weighted is None and band is not None else weighted, band)

    @property
    def most(self) -> int:
        """What a limit is compared with: the upper end of a band."""
        return self.value if self.band is None else self.band[1]

    def share_of(self, part: int) -> tuple[int, int] | None:
        """The band of a layer or function whose count is `part`; None without a band."""
        if self.band is None or not self.value:
            return None
        least, most = (round(part * end / self.value) for end in self.band)
        return least, most

    @property
    def text(self) -> str:
        """`4.9-5.6 M cycles, 41-47 ms at 120 MHz, estimated`; what a board counted is one number."""
        if self.source == "measured":
            return f"{self.value:,} cycles, counted by the board"
        if self.band is None:
            return f"{self.value:,} cycles by the manual, without wait states"
        time = "" if not self.clock_hz else f", {time_text(self.band, self.clock_hz)}"
        return f"{band_text(self.band)} M cycles{time}, estimated{'' if self.calibrated else ' (core not calibrated)'}"


def band_text(cycles: tuple[int, int]) -> str:
    """Millions, in at most 11 characters and with as many digits at both ends: `18.8-33.7`, `0.006-0.011`, `<0.001`."""
    most = cycles[1]
    digits = 0 if most >= 100_000_000 else 1 if most >= 2_000_000 else 3
    return "<0.001" if most < 1000 else "-".join(f"{count / 1e6:.{digits}f}" for count in cycles)


def time_text(cycles: tuple[int, int], clock_hz: int) -> str:
    """`25.0-29.1 ms at 168 MHz`; seconds where it takes that long."""
    low, high = (count / clock_hz for count in cycles)
    factor, unit = (1, "s") if high >= 1 else (1000, "ms")
    return f"{low * factor:.3g}-{high * factor:.3g} {unit} at {clock_hz / 1e6:g} MHz"
