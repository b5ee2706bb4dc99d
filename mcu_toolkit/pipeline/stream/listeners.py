"""The runners over a stream, side by side: their outputs compared, what each decides, what is kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import Comparison, RunResult
from mcu_toolkit.artifacts.decider import Decided, Decider, MovingSums
from mcu_toolkit.artifacts.label_track import Event
from mcu_toolkit.artifacts.stream_scores import StreamJudgement
from mcu_toolkit.pipeline.stream.plan import StreamPlan
from mcu_toolkit.pipeline.stream.records import Decision, DecisionsDiffer, SoundStreamed
from mcu_toolkit.pipeline.stream.scores_file import ScoresFile
from mcu_toolkit.pipeline.stream.sweep import Sweep
from mcu_toolkit.report.stream_chart import Envelope, Mark, StreamPicture, draw_stream
from mcu_toolkit.runners.base import Runner
from mcu_toolkit.validate import compare, joined

_MOST_SCORES = 20_000
"""Inferences whose scores are in the result: an hour at 180 ms."""


class Listeners:
    """Everything that hears a stream.  The first runner decides; the others are compared with it."""

    def __init__(self, plan: StreamPlan, runners: Sequence[Runner], tolerance_s: float | None, rows: ScoresFile | None) -> None:
        """`tolerance_s`: for judging against label tracks, None where there are none."""
        self._plan, self._runners, self._rows = plan, runners, rows
        self._sweep = None if tolerance_s is None else Sweep(plan, tolerance_s)
        self._comparisons: list[Comparison | None] = [None] * (len(runners) - 1)
        self._kept: list[npt.NDArray[Any]] = []
        self._kept_inferences = self._of_first_sound = 0
        self._envelope = Envelope(len(plan.classes))
        self._marks: tuple[Sequence[Event], Sequence[Decision], float] = ((), (), 0.0)
        self._sound = Path()
        self._is_first = False
        self.differences: list[DecisionsDiffer] = []
        self.decisions: list[Decision] = []

    @property
    def first(self) -> str:
        """The runner that decides."""
        return self._runners[0].name

    def start(self, sound: Path) -> None:
        """A sound begins: every state is the initial one."""
        self._is_first = self._sound == Path()
        self._sound, self._inferences, self.decisions = sound, 0, []
        classes = len(self._plan.classes)
        self._sums = MovingSums(self._plan.rule.average_over, classes)
        self._deciders = [Decider(self._plan.rule, classes) for _ in self._runners]
        self._differ = [False] * len(self._runners)
        if self._sweep is not None:
            self._sweep.start()
        for runner in self._runners:
            runner.reset()

    def push(self, inputs: npt.NDArray[Any]) -> None:
        """Further inferences: [inferences, *sample shape]."""
        results = [runner.run([inputs]) for runner in self._runners]
        scores = [self._plan.scores(inputs, result.outputs[0]) for result in results]
        sums = self._sums.push(scores[0])
        decided = self._deciders[0].decide(scores[0], sums)
        for number in range(1, len(results)):
            self._compare(number, results[number], results[0])
            self._compare_decisions(number, self._deciders[number].push(scores[number]), decided)
        if self._sweep is not None:
            self._sweep.push(scores[0], sums)
        if self._rows is not None:
            self._rows.add(str(self._sound), self._inferences, scores[0], sums, decided)
        if self._is_first:
            self._keep(scores[0], sums)
        self.decisions += [self._decision(one) for one in decided]
        self._inferences += len(inputs)

    def end(self, events: Sequence[Event], duration_s: float) -> SoundStreamed:
        """The sound is over."""
        if self._sweep is not None:
            self._sweep.end(events, duration_s)
        if self._is_first:
            self._marks = (events, tuple(self.decisions), duration_s)
            self._of_first_sound = self._inferences
        return SoundStreamed(self._sound, duration_s, self._inferences, tuple(self.decisions))

    def comparisons(self) -> tuple[Comparison, ...]:
        """Every further runner with the first one, over all sounds."""
        return tuple(one for one in self._comparisons if one is not None)

    def judgement(self) -> StreamJudgement | None:
        """None without label tracks."""
        return None if self._sweep is None else self._sweep.judgement()

    def scores(self) -> tuple[tuple[tuple[float, ...], ...], int]:
        """Of the first sound as real values, and how many inferences are not among them."""
        rows = np.concatenate(self._kept) * self._plan.scale if self._kept else np.zeros((0, 1))
        return tuple(tuple(row) for row in rows.tolist()), self._of_first_sound - len(rows)

    def picture(self) -> bytes:
        """The first sound as a PNG file."""
        plan, (events, decisions, duration_s) = self._plan, self._marks
        number = {name: index for index, name in enumerate(plan.classes)}
        return draw_stream(
            StreamPicture(
                f"{plan.model.name}: mean of {plan.rule.average_over} over time",
                plan.classes,
                self._envelope.points(),
                plan.end_s(0),
                duration_s,
                tuple(plan.mean(one.sum_threshold) for one in plan.rule.classes),
                [Mark(number[one.label], one.start_s, one.end_s) for one in events if one.label in number],
                [Mark(number[one.label], one.time_s, one.time_s) for one in decisions],
            )
        )

    def _keep(self, scores: npt.NDArray[Any], sums: npt.NDArray[Any]) -> None:
        self._envelope.add(sums * (self._plan.scale / self._plan.rule.average_over))
        some = scores[: _MOST_SCORES - self._kept_inferences]
        if len(some):
            self._kept.append(some)
            self._kept_inferences += len(some)

    def _compare(self, number: int, result: RunResult, first: RunResult) -> None:
        before, found = self._comparisons[number - 1], compare(result, first)
        self._comparisons[number - 1] = found if before is None else joined(before, found)

    def _compare_decisions(self, number: int, found: Sequence[Decided], expected: Sequence[Decided]) -> None:
        if tuple(found) == tuple(expected) or self._differ[number]:
            return
        self._differ[number] = True
        first = min(one.inference for one in {*found} ^ {*expected})
        self.differences.append(DecisionsDiffer(self._runners[number].name, self._sound, first))

    def _decision(self, one: Decided) -> Decision:
        plan = self._plan
        return Decision(round(plan.end_s(one.inference), 6), plan.classes[one.index], plan.mean(one.sum), one.inference, one.sum)
