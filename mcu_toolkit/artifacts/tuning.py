"""A choice of kernel variants for the layers of a model, made by measuring (`mcu tune`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tuning:
    """Which kernel variant each layer of one model uses on one kind of core."""

    model_sha256: str
    core: str
    instruction_set: str
    variants: tuple[tuple[int, str], ...]
    """(operator's index, variant), by index."""
