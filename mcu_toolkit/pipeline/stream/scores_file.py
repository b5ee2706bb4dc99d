"""scores.csv: what a model said at each inference, written as it comes, and whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.decider import Decided
from mcu_toolkit.pipeline.stream.plan import StreamPlan
from mcu_toolkit.system.files import atomic_path


class ScoresFile:
    """Rows: sound, inference, time in seconds, each class's score and mean as real values, and what was decided."""

    def __init__(self, file: IO[str], plan: StreamPlan) -> None:
        self._writer = csv.writer(file, lineterminator="\n")
        self._plan = plan
        self._writer.writerow(["sound", "inference", "time_s", *plan.classes, *(f"mean {name}" for name in plan.classes), "decided"])

    def add(self, sound: str, first: int, scores: npt.NDArray[Any], sums: npt.NDArray[Any], decided: Sequence[Decided]) -> None:
        """Inferences from number `first` on: `scores` and `sums` [inferences, classes] in stored integers less the zero point."""
        plan, labels = self._plan, {one.inference: one.index for one in decided}
        real = scores * plan.scale
        means = sums * (plan.scale / plan.rule.average_over)
        hop_s, start_s = plan.end_s(1) - plan.end_s(0), plan.end_s(0)
        for number, values in enumerate(np.concatenate([real, means], axis=1).tolist(), start=first):
            label = plan.classes[labels[number]] if number in labels else ""
            self._writer.writerow([sound, number, f"{start_s + number * hop_s:.4f}", *(f"{value:.6g}" for value in values), label])


@contextmanager
def scores_file(path: Path | None, plan: StreamPlan) -> Iterator[ScoresFile | None]:
    """The file at `path`, which is there when the block has ended without an error; None for no path."""
    if path is None:
        yield None
        return
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        yield ScoresFile(file, plan)
