"""Cycles of the core, and where the number comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CYCLE_BAND = (1.16, 1.33)
"""Measured cycles by estimated ones: the least and the most that was found.

Estimates are for memory without wait states.  Measured on an STM32L4R5 (Cortex-M4, 120 MHz, with flash accelerator) against our
estimates of the same code, TFLM with CMSIS-NN: MLPerf Tiny v1.0, closed division, microTVM's reference submission (mlcommons/tiny):
kws 11.98 M for 9.64 M, vww 36.1 for 30.9, ic 46.8 for 40.4, ad 1.03 for 0.775: 1.24, 1.17, 1.16 and 1.33 times as many.  One more
measurement of ic, 49.6 M (dippmatt/tinyml-framework-benchmark), is 1.23 times the estimate.  Four models on one board: provisional.
"""


def cycle_band(estimated_cycles: int) -> tuple[int, int]:
    """The least and the most cycles that a board with flash wait states may take where `estimated_cycles` are estimated."""
    low, high = CYCLE_BAND
    return round(estimated_cycles * low), round(estimated_cycles * high)


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
