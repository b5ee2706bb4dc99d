"""Decisions against labels: which pairs count, false alarms per hour, misses."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mcu_toolkit.artifacts.label_track import Event
from mcu_toolkit.validate.stream_scores import StreamJudge, TimedDecision

HOUR_S = 3600.0


def judged(events: list[tuple[float, float, str]], decisions: list[tuple[float, str]], *, tolerance_s: float = 0.5) -> tuple[int, int]:
    """(detected, false alarms)."""
    judge = StreamJudge(["yes", "no"], tolerance_s)
    judge.add([Event(*one) for one in events], [TimedDecision(*one) for one in decisions], HOUR_S)
    found = judge.judgement([])
    return found.detected, found.false_alarms


@pytest.mark.parametrize(
    ("time_s", "expected"),
    [(0.99, (0, 1)), (1.0, (1, 0)), (1.5, (1, 0)), (2.0, (1, 0)), (2.5, (1, 0)), (2.51, (0, 1))],
)
def test_a_decision_counts_from_the_start_of_a_label_to_the_tolerance_after_its_end(time_s: float, expected: tuple[int, int]) -> None:
    assert judged([(1.0, 2.0, "yes")], [(time_s, "yes")]) == expected


def test_a_second_decision_for_one_event_is_a_false_alarm() -> None:
    assert judged([(1.0, 2.0, "yes")], [(1.5, "yes"), (2.2, "yes")]) == (1, 1)


def test_a_decision_of_another_word_detects_nothing() -> None:
    assert judged([(1.0, 2.0, "yes")], [(1.5, "no")]) == (0, 1)


def test_events_of_labels_that_are_not_listened_to_are_no_misses() -> None:
    judge = StreamJudge(["yes"], 0.5)
    judge.add([Event(1, 2, "dog"), Event(3, 4, "yes")], [TimedDecision(1.5, "yes")], HOUR_S / 2)
    found = judge.judgement([])
    assert (found.events, found.detected, found.false_alarms) == (1, 0, 1)
    assert found.false_alarms_per_hour == 2
    assert found.not_listened == {"dog": 1}


def test_rates_are_of_all_sounds_together() -> None:
    judge = StreamJudge(["yes", "no"], 0.5)
    judge.add([Event(1, 2, "yes"), Event(5, 6, "yes")], [TimedDecision(1.75, "yes"), TimedDecision(9, "no")], HOUR_S)
    judge.add([Event(1, 2, "no")], [TimedDecision(2.25, "no")], HOUR_S)
    found = judge.judgement([judge.point(0.5)])
    assert (found.hours, found.false_alarms_per_hour) == (2, 0.5)
    assert found.miss_rate == pytest.approx(1 / 3)
    assert found.median_delay_s == 0
    assert [(one.label, one.events, one.detected, one.false_alarms) for one in found.by_class] == [("yes", 2, 1, 0), ("no", 1, 1, 1)]
    assert (found.det[0].threshold, found.det[0].false_alarms_per_hour) == (0.5, 0.5)


def test_a_stream_without_events_has_false_alarms_only() -> None:
    judge = StreamJudge(["yes"], 0.5)
    judge.add([], [TimedDecision(5, "yes")], HOUR_S)
    assert (judge.miss_rate, judge.false_alarms_per_hour) == (0, 1)
    assert judge.judgement([]).by_class[0].miss_rate is None


@pytest.mark.parametrize("seed", range(40))
def test_no_pairing_of_events_and_decisions_has_more_pairs(seed: int) -> None:
    """Small streams against every pairing there is."""
    rng = np.random.default_rng(seed)
    edges = np.sort(rng.uniform(0, 10, 8))
    events = [Event(float(a), float(b), "yes") for a, b in edges.reshape(4, 2)]
    times = sorted(rng.uniform(0, 11, 5).tolist())
    possible = [[event.start_s <= time_s <= event.end_s + 1.5 for time_s in times] for event in events]
    choices = itertools.permutations([*range(len(times)), *[None] * len(events)], len(events))
    best = max(sum(at is not None and row[at] for row, at in zip(possible, choice, strict=True)) for choice in set(choices))
    judge = StreamJudge(["yes"], 1.5)
    judge.add(events, [TimedDecision(time_s, "yes") for time_s in times], HOUR_S)
    assert judge.judgement([]).detected == best
