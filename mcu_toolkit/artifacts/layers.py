"""What the proof layer by layer finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DivergenceVerdict = Literal["rounding by 1", "kernel fault", "wrong input", "corrupted weights", "not repeatable"]


@dataclass(frozen=True)
class LayerProof:
    """One tensor that a layer produced, over all samples."""

    layer: int
    """The operator's number in the model's first graph."""
    operator: str
    tensor: int
    name: str
    size_bytes: int
    samples: int
    differing_samples: int
    """Samples in which its CRC-32 is not the golden interpreter's."""
    ticks: int
    """Median over the samples of what the layer took, in the board's unit; for the first tensor of a layer, else 0."""


@dataclass(frozen=True)
class Divergence:
    """The first tensor, in the order of execution, that the board computes differently, in the first sample that shows it."""

    layer: int | None
    """None for an input of the model."""
    operator: str
    tensor: int
    name: str
    sample: int
    elements: int
    differing_elements: int
    max_lsb: int
    first_index: tuple[int, ...]
    expected: tuple[float, ...]
    """A few values from the first one that differs on, stored (not dequantized)."""
    got: tuple[float, ...]
    verdict: DivergenceVerdict
    explanation: str

    def __str__(self) -> str:
        where = f"input {self.tensor}" if self.layer is None else f"layer {self.layer} {self.operator}"
        differs = f"{self.differing_elements:,} of {self.elements:,} elements, by up to {self.max_lsb:,} LSB"
        values = f"first at {list(self.first_index)}: expected {_values(self.expected)}, got {_values(self.got)}"
        found = f"{where} '{self.name}' is the first that differs (sample {self.sample}): {differs}, {values}"
        return f"{found}; {self.verdict}: {self.explanation}"


def _values(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:g}" for value in values)
