"""The decision rule at work: scores in, decisions out, piece by piece, with the same result as inference by inference on the board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.decision_rule import DecisionRule

Scores = npt.NDArray[np.int32]
Sums = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Decided:
    """A decision."""

    inference: int
    """Which one since the start of the stream, from 0."""
    index: int
    """The class."""
    sum: int
    """Of its last `average_over` scores."""


class MovingSums:
    """The sums of the last `average_over` scores of each class; before the start of the stream all scores were 0."""

    def __init__(self, average_over: int, classes: int) -> None:
        self._last: Scores = np.zeros((average_over, classes), np.int32)

    def push(self, scores: Scores) -> Sums:
        """The sums after each of further inferences: int64 [inferences, classes], as `scores`."""
        average_over, classes = self._last.shape
        known = np.concatenate([self._last, scores])
        self._last = known[len(scores) :]
        running = np.concatenate([np.zeros((1, classes), np.int64), np.cumsum(known, axis=0, dtype=np.int64)])
        return np.asarray(running[average_over:] - running[:-average_over])[1:]


class Decider:
    """A decision rule with its memory: however the scores of a stream are cut into pieces, the decisions are the same."""

    def __init__(self, rule: DecisionRule, classes: int) -> None:
        """`classes`: elements of output 0; every class of the rule is below it."""
        self.rule = rule
        self._sums = MovingSums(rule.average_over, classes)
        self._inference = 0
        self._waiting = rule.warm_up
        self._listened = np.array([one.index for one in rule.classes])
        self._thresholds = np.array([one.sum_threshold for one in rule.classes], np.int64)

    def push(self, scores: Scores) -> tuple[Decided, ...]:
        """The decisions of further inferences; `scores`: int32 [inferences, classes], stored integers minus the zero point."""
        return self.decide(scores, self._sums.push(scores))

    def decide(self, scores: Scores, sums: Sums) -> tuple[Decided, ...]:
        """The same where the moving sums of these scores are at hand; call either this method or `push`."""
        heard = sums[:, self._listened]
        above = np.greater(heard, self._thresholds)
        candidates = np.flatnonzero(above.any(axis=1))
        counted = self._counted(scores)
        found = []
        number, end = 0, len(scores)
        while number < end:
            if self._waiting:
                number = self._wait(number, counted)
                continue
            place = int(np.searchsorted(candidates, number))
            if place == len(candidates):
                break
            number = int(candidates[place])
            # argmax takes the first of equal sums
            best = int(np.argmax(np.where(above[number], heard[number], np.iinfo(np.int64).min)))
            self._waiting = self.rule.refractory
            found.append(Decided(self._inference + number, int(self._listened[best]), int(heard[number, best])))
            number += 1
        self._inference += end
        return tuple(found)

    def _counted(self, scores: Scores) -> npt.NDArray[np.int64]:
        """The numbers of the inferences that count as waited: all, or those whose scores are low."""
        if not self.rule.waits_for_quiet:
            return np.arange(len(scores))
        loud = np.greater_equal(scores[:, self._listened].astype(np.int64) * self.rule.average_over, self._thresholds)
        return np.flatnonzero(np.logical_not(np.asarray(loud.any(axis=1))))

    def _wait(self, number: int, counted: npt.NDArray[np.int64]) -> int:
        """Wait from inference `number` on; returns the one after which it is over, or the end of these scores."""
        place = int(np.searchsorted(counted, number))
        if len(counted) - place >= self._waiting:
            over = int(counted[place + self._waiting - 1]) + 1
            self._waiting = 0
            return over
        self._waiting -= len(counted) - place
        return int(np.iinfo(np.int64).max)


def scores_of(stored: npt.NDArray[Any], zero_point: int) -> Scores:
    """`scores` as `Decider` takes them, of stored outputs [inferences, ...] of an integer type."""
    return np.asarray(stored.reshape(len(stored), -1).astype(np.int32) - zero_point, np.int32)
