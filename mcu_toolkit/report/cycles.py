"""Cycles of the core, and where the number comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mcu_toolkit.boards.cycle_band import cycle_band


@dataclass(frozen=True)
class Cycles:
    """What an inference, or a layer of it, takes of the core's clock."""

    value: int
    source: Literal["measured", "estimated"]
    """`measured` by the board's own counter, or `estimated` from the instructions that ran on an emulator."""

    @classmethod
    def of(cls, measured: int | None, estimated: int | None) -> Cycles | None:
        """The better of the two numbers, None where there is neither."""
        if measured is not None:
            return cls(measured, "measured")
        return None if estimated is None else cls(estimated, "estimated")

    @property
    def band(self) -> tuple[int, int]:
        """The least and the most that a board takes: an estimate is without wait states of its memory."""
        return cycle_band(self.value) if self.source == "estimated" else (self.value, self.value)

    @property
    def text(self) -> str:
        """In words, with the band of an estimate."""
        if self.source == "measured":
            return f"{self.value:,} cycles, counted by the board"
        low, high = self.band
        return f"{self.value:,} cycles by estimate ({low:,} to {high:,} on a board)"
