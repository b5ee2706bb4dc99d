"""A matrix without builds: jobs that answer at once, and a watch that remembers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mcu_toolkit.pipeline.matrix.jobs import Job
from mcu_toolkit.pipeline.matrix.plan import MatrixRequest
from mcu_toolkit.pipeline.matrix.records import Cell, Conditions, Figures, JobResult, JobSpec, MatrixRow, Outcome
from tests import small_models

REPORT = "{}\n"


def passed(**figures: Any) -> JobResult:
    return JobResult(Outcome("pass", figures=Figures(**figures), has_report=True), REPORT)


def request(folder: Path, **options: Any) -> MatrixRequest:
    """Two models, which are written into `folder`, on the board `host`, or what `options` say."""
    for seed, name in enumerate("ab"):
        (folder / f"{name}.tflite").write_bytes(small_models.fully_connected(seed=seed))
    known: dict[str, Any] = {
        "models": (folder / "a.tflite", folder / "b.tflite"),
        "boards": ("host",),
        "output": folder / "out",
        "wait_limit_s": 1.0,
    }
    return MatrixRequest(**{**known, **options})


@dataclass
class Works:
    """A `Work` that remembers what it was asked to do, and answers by model and board."""

    answers: Mapping[str, JobResult] = field(default_factory=dict)
    """By the name of the model's file."""
    meanwhile: Callable[[JobSpec], None] = lambda spec: None
    done: list[tuple[str, str]] = field(default_factory=list)

    def __call__(
        self,
        spec: JobSpec,
        conditions: Conditions,
        contents: Mapping[str, bytes],
        tell: Callable[[str], None],
        stop: threading.Event | None,
    ) -> JobResult:
        assert contents[spec.model.sha256]
        self.done.append((spec.model.name, spec.board))
        tell("working")
        self.meanwhile(spec)
        return self.answers.get(spec.model.name, passed(flash_bytes=100))


@dataclass
class Remembers:
    """A `Watch`."""

    events: list[tuple[str, str]] = field(default_factory=list)
    kept: int = 0

    def planned(self, cells: Sequence[Cell], rows: Sequence[MatrixRow]) -> None:
        self.kept = len(rows)

    def began(self, job: Job, where: str) -> None:
        self.events.append(("began", job.cell.model))

    def stage(self, job: Job, text: str) -> None:
        self.events.append(("stage", text))

    def ended(self, row: MatrixRow) -> None:
        self.events.append(("ended", row.cell.model))
