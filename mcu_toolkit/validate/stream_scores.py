"""Decisions against a label track.

A decision counts for an event of its label where its time is from the event's start to `tolerance_s` after its end: a model has heard
a word only when it is over, and the moving average comes later still.  Each event takes one decision and each decision one event (of
several possible events the one that ends first, which makes the most pairs).  Every other decision is a false alarm, also a second one
for the same event; every event without a decision is a miss.

    false alarms per hour = false alarms / hours of sound             miss rate = 1 - detected events / events
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mcu_toolkit.artifacts.label_track import Event
from mcu_toolkit.artifacts.stream_scores import DetPoint, StreamClassScore, StreamJudgement


@dataclass(frozen=True)
class TimedDecision:
    """What was decided when."""

    time_s: float
    label: str


class StreamJudge:
    """Counts over any number of sounds."""

    def __init__(self, listened: Sequence[str], tolerance_s: float) -> None:
        """`listened`: the labels that can be decided."""
        self._listened = tuple(dict.fromkeys(listened))
        self._tolerance_s = tolerance_s
        self._seconds = 0.0
        self._events: Counter[str] = Counter()
        self._detected: Counter[str] = Counter()
        self._false_alarms: Counter[str] = Counter()
        self._delays_s: list[float] = []

    def add(self, events: Sequence[Event], decisions: Sequence[TimedDecision], duration_s: float) -> None:
        """One sound; both in the order of their times."""
        self._seconds += duration_s
        self._events.update(event.label for event in events)
        for label in self._listened:
            own = [event for event in events if event.label == label]
            times_s = [one.time_s for one in decisions if one.label == label]
            delays_s = _matched(own, times_s, self._tolerance_s)
            self._detected[label] += len(delays_s)
            self._false_alarms[label] += len(times_s) - len(delays_s)
            self._delays_s += delays_s

    def point(self, threshold: float) -> DetPoint:
        """The error rates so far, as a point of a curve."""
        return DetPoint(threshold, self.false_alarms_per_hour, self.miss_rate)

    @property
    def false_alarms_per_hour(self) -> float:
        """So far; 0 before the first sound."""
        return self._false_alarms.total() * 3600 / self._seconds if self._seconds else 0.0

    @property
    def miss_rate(self) -> float:
        """So far; 0 where there was nothing to detect."""
        events = sum(self._events[label] for label in self._listened)
        return 1 - self._detected.total() / events if events else 0.0

    def judgement(self, det: Sequence[DetPoint]) -> StreamJudgement:
        """Everything about the sounds so far, with the curve `det`."""
        by_class = tuple(
            StreamClassScore(label, self._events[label], self._detected[label], self._false_alarms[label]) for label in self._listened
        )
        return StreamJudgement(
            hours=self._seconds / 3600,
            tolerance_s=self._tolerance_s,
            events=sum(one.events for one in by_class),
            detected=self._detected.total(),
            false_alarms=self._false_alarms.total(),
            false_alarms_per_hour=self.false_alarms_per_hour,
            miss_rate=self.miss_rate,
            median_delay_s=statistics.median(self._delays_s) if self._delays_s else None,
            by_class=by_class,
            det=tuple(det),
            not_listened=_others(self._events, self._listened),
        )


def _others(events: Counter[str], listened: Collection[str]) -> dict[str, int]:
    return {label: events[label] for label in sorted(events) if label not in listened}


def _matched(events: Sequence[Event], times_s: Sequence[float], tolerance_s: float) -> list[float]:
    """The delay of each pair of an event and a decision; both are in order and events do not overlap, so ends are in order too."""
    delays_s, first = [], 0
    for time_s in times_s:
        while first < len(events) and events[first].end_s + tolerance_s < time_s:
            first += 1
        if first < len(events) and events[first].start_s <= time_s:
            delays_s.append(time_s - events[first].end_s)
            first += 1
    return delays_s
