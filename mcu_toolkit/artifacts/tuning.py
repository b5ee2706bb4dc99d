"""A choice of schemes for the layers of a model, made by measuring (`mcu tune`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tuning:
    """Which scheme does which layer of one model on one kind of core."""

    model_sha256: str
    core: str
    instruction_set: str
    schemes: tuple[tuple[int, str], ...]
    """(operator's index, scheme), by index."""
