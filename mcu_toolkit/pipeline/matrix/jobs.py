"""What executes jobs, and what watches it: the seam between a matrix and where its jobs run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mcu_toolkit.pipeline.matrix.records import Cell, Conditions, JobResult, JobSpec, MatrixRow


@dataclass(frozen=True)
class Job:
    """A cell that is to be measured."""

    key: str
    """The hash of all that the result depends on."""
    cell: Cell
    spec: JobSpec
    conditions: Conditions
    files: Mapping[str, Path]
    """What it reads, by hash."""
    resource: str
    """The id of the real board that it needs; empty for an emulated one, of which every job has its own."""


Work = Callable[[JobSpec, Conditions, Mapping[str, bytes], Callable[[str], None], "threading.Event | None"], JobResult]
"""`execute.execute`, or what a test puts in its place."""


class Watch(Protocol):
    """Sees how a matrix goes; called from one thread."""

    def planned(self, cells: Sequence[Cell], rows: Sequence[MatrixRow]) -> None:
        """All cells, and the rows that are there without a job."""
        ...

    def began(self, job: Job, where: str) -> None:
        """A job runs, or runs again: `where` is its machine, empty for this one."""
        ...

    def stage(self, job: Job, text: str) -> None:
        """What a running job does now."""
        ...

    def ended(self, row: MatrixRow) -> None:
        """A row is known."""
        ...


class Executor(Protocol):
    """Where jobs run."""

    def run(self, jobs: Sequence[Job], watch: Watch) -> Iterator[tuple[Job, JobResult]]:
        """Each job once, with its result, in the order in which they end; ends all that still runs when the iteration is left."""
        ...
