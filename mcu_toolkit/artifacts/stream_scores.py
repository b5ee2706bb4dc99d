"""How right decisions over a labelled stream were: false alarms per hour and misses, at the rule's threshold and at others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class StreamClassScore:
    """One class."""

    label: str
    events: int
    detected: int
    false_alarms: int

    @property
    def miss_rate(self) -> float | None:
        """None where there was nothing to detect."""
        return 1 - self.detected / self.events if self.events else None


@dataclass(frozen=True)
class DetPoint:
    """A point of the detection error trade-off curve: what one threshold of the mean would have done, for all classes."""

    threshold: float
    """Of the mean, as a real value."""
    false_alarms_per_hour: float
    miss_rate: float


@dataclass(frozen=True)
class StreamJudgement:
    """Of all sounds together."""

    hours: float
    tolerance_s: float
    events: int
    detected: int
    false_alarms: int
    false_alarms_per_hour: float
    miss_rate: float
    median_delay_s: float | None
    """From the end of a label to its decision; negative where the decision came earlier.  None where nothing was detected."""
    by_class: tuple[StreamClassScore, ...]
    det: tuple[DetPoint, ...]
    """By threshold, the lowest first."""
    not_listened: Mapping[str, int]
    """Labels of the track that the rule does not decide, with how often they occur: a decision in one of them is a false alarm."""
