"""What a classifier says of single samples, beside what they are: for pictures of results and their JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mcu_toolkit.system.records import named


@dataclass(frozen=True)
class SamplePrediction:
    """One sample of the test set."""

    sample: int
    """Its number in the test set."""
    truth: int
    truth_label: str
    predicted: int = field(metadata=named("class"))
    label: str
    """The name of the predicted class."""
    probability: float | None
    """Of the predicted class; None where the output is no probability."""
    margin: float = 0.0
    """How far the predicted class is ahead of the next one, or for a mistake of the true one, in real values of the output."""

    @property
    def is_right(self) -> bool:
        """True where the predicted class is the true one."""
        return self.predicted == self.truth


def worst_first(predictions: Sequence[SamplePrediction]) -> tuple[SamplePrediction, ...]:
    """Mistakes first, the most confident first; then what is right, the least confident first."""
    return tuple(sorted(predictions, key=lambda one: (one.is_right, one.margin if one.is_right else -one.margin, one.sample)))
