"""The decision rule at work: scores in, decisions out, one inference at a time as the board does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.decision_rule import DecisionRule

Scores = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Decided:
    """A decision."""

    inference: int
    """Which one since the start of the stream, from 0."""
    index: int
    """The class."""
    sum: int
    """Of its last `average_over` scores."""


class Decider:
    """A decision rule with its memory: however the scores of a stream are cut into pieces, the decisions are the same."""

    def __init__(self, rule: DecisionRule, classes: int) -> None:
        """`classes`: elements of output 0; every class of the rule is below it."""
        self.rule = rule
        self._last: Scores = np.zeros((rule.average_over, classes), np.int32)
        self._inference = 0
        self._waiting = rule.warm_up
        self._listened = np.array([one.index for one in rule.classes])
        self._thresholds = np.array([one.sum_threshold for one in rule.classes], np.int64)

    def push(self, scores: Scores) -> tuple[Decided, ...]:
        """The decisions of further inferences; `scores`: int32 [inferences, classes], stored integers minus the zero point."""
        average_over, thresholds = self.rule.average_over, self._thresholds
        known = np.concatenate([self._last, scores])
        self._last = known[len(scores) :]
        sums = moving_sums(known, average_over)[:, self._listened]
        loud = np.asarray((scores[:, self._listened].astype(np.int64) * average_over >= thresholds).any(axis=1))
        above = np.greater(sums, thresholds)
        some = np.asarray(above.any(axis=1))
        found = []
        for number in range(len(scores)):
            if self._waiting:
                self._waiting -= int(not (loud[number] and self.rule.waits_for_quiet))
            elif some[number]:
                # argmax takes the first of equal sums
                best = int(np.argmax(np.where(above[number], sums[number], np.iinfo(np.int64).min)))
                self._waiting = self.rule.refractory
                found.append(Decided(self._inference + number, int(self._listened[best]), int(sums[number, best])))
        self._inference += len(scores)
        return tuple(found)


def moving_sums(scores: Scores, average_over: int) -> npt.NDArray[np.int64]:
    """The sums of the last `average_over` of `scores` [inferences, classes] from inference `average_over` on: int64."""
    running = np.concatenate([np.zeros((1, scores.shape[1]), np.int64), np.cumsum(scores, axis=0, dtype=np.int64)])
    return np.asarray(running[average_over:] - running[:-average_over])[1:]


def scores_of(stored: npt.NDArray[Any], zero_point: int) -> Scores:
    """`scores` as `Decider` takes them, of stored outputs [inferences, ...] of an integer type."""
    return np.asarray(stored.reshape(len(stored), -1).astype(np.int32) - zero_point, np.int32)
