"""Cycles of the core, and where the number comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


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
