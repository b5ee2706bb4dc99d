"""What other thresholds would have decided, at the same time and in the same pass: the points of a DET curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mcu_toolkit.artifacts.decider import Decider, Scores, Sums
from mcu_toolkit.artifacts.decision_rule import ClassThreshold, DecisionRule
from mcu_toolkit.artifacts.label_track import Event
from mcu_toolkit.artifacts.stream_scores import DetPoint, StreamJudgement
from mcu_toolkit.pipeline.stream.plan import StreamPlan
from mcu_toolkit.validate.stream_scores import StreamJudge, TimedDecision

_STEPS = 50
_NEAR_THE_TOP = (0.985, 0.99, 0.995, 0.998)
"""Shares of the largest score: wake words work with thresholds up here."""


@dataclass
class _Trial:
    """One rule over one sound after the other."""

    rule: DecisionRule
    judge: StreamJudge
    decider: Decider
    decisions: list[TimedDecision]


class Sweep:
    """The rule of a plan and the same rule with other thresholds, judged over labelled sounds."""

    def __init__(self, plan: StreamPlan, tolerance_s: float) -> None:
        self._plan = plan
        self._listened = [plan.classes[one.index] for one in plan.rule.classes]
        rules = [plan.rule, *_with_thresholds(plan)]
        self._trials = [_Trial(rule, StreamJudge(self._listened, tolerance_s), Decider(rule, len(plan.classes)), []) for rule in rules]

    def start(self) -> None:
        """A new sound begins."""
        for trial in self._trials:
            trial.decider, trial.decisions = Decider(trial.rule, len(self._plan.classes)), []

    def push(self, scores: Scores, sums: Sums) -> None:
        """Further inferences, as `Decider.decide` takes them."""
        for trial in self._trials:
            for one in trial.decider.decide(scores, sums):
                trial.decisions.append(TimedDecision(self._plan.end_s(one.inference), self._plan.classes[one.index]))

    def end(self, events: Sequence[Event], duration_s: float) -> None:
        """The sound is over."""
        for trial in self._trials:
            trial.judge.add(events, trial.decisions, duration_s)

    def judgement(self) -> StreamJudgement:
        """Of the plan's rule, with the curve of the others."""
        own, *others = self._trials
        return own.judge.judgement([_point(self._plan, trial) for trial in others])


def _point(plan: StreamPlan, trial: _Trial) -> DetPoint:
    return trial.judge.point(plan.mean(trial.rule.classes[0].sum_threshold))


def _with_thresholds(plan: StreamPlan) -> Iterator[DecisionRule]:
    """The rule with one threshold for all of its classes, from 0 up to the largest score."""
    most = plan.largest_score
    shares = sorted({*(step / _STEPS for step in range(_STEPS + 1)), *_NEAR_THE_TOP})
    for total in sorted({int(share * most * plan.rule.average_over) for share in shares}):
        yield replace(plan.rule, classes=tuple(ClassThreshold(one.index, total) for one in plan.rule.classes))
