"""What a Dask worker runs: called by name, so that the toolkit must be installed there, in the version of the host.

Texts and bytes go in and texts come out, so that nothing of ours is pickled but the names of these functions.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mcu_toolkit.errors import ToolError
from mcu_toolkit.pipeline.matrix.execute import execute
from mcu_toolkit.pipeline.matrix.jobs import Work
from mcu_toolkit.pipeline.matrix.measure import outcome_of
from mcu_toolkit.pipeline.matrix.records import Conditions, JobResult, JobSpec
from mcu_toolkit.system.json_text import json_text
from mcu_toolkit.system.parsing import json_value
from mcu_toolkit.system.process import watching
from mcu_toolkit.system.records import from_plain
from mcu_toolkit.version import __version__

_POLL_S = 0.5


@dataclass(frozen=True)
class LabJob:
    """A job on its way to a worker."""

    version: str
    """Of the host's toolkit."""
    key: str
    """Of the task, as Dask knows it."""
    topic: str
    """Of events."""
    spec: JobSpec
    conditions: Conditions
    hashes: tuple[str, ...]
    """Of the contents that come with it, in their order."""


def hold(content: bytes) -> bytes:
    """A file, as a task: where the worker that had it died, the scheduler makes it again."""
    return content


def do_job(text: str, *contents: bytes) -> str:
    """The job `text` to its end; returns its result as JSON."""
    return do_by(execute, text, contents)


def do_by(work: Work, text: str, contents: Sequence[bytes]) -> str:
    """The same by `work`."""
    from distributed import get_worker

    worker = get_worker()
    job = from_plain(LabJob, json_value(text))
    if job.version != __version__:
        error = ToolError(
            f"the worker has mcu-toolkit {__version__}",
            on=worker.address,
            expected=f"{job.version}, which the host has",
            hint="install it there",
        )
        return json_text(JobResult(outcome_of(error)))

    def tell(stage: str) -> None:
        worker.log_event(job.topic, {"key": job.key, "where": f"{worker.name}", "stage": stage})

    tell("starting")
    with _stopped_when_unwanted(worker, job.key) as stop:
        return json_text(work(job.spec, job.conditions, dict(zip(job.hashes, contents, strict=True)), tell, stop))


@contextlib.contextmanager
def _stopped_when_unwanted(worker: Any, key: str) -> Iterator[threading.Event]:
    """An event that is set when the task `key` is cancelled: the host left, or gave it up.  Dask itself interrupts no thread."""
    stop = threading.Event()

    def unwanted() -> bool:
        task = worker.state.tasks.get(key)
        if task is None or task.state not in ("executing", "long-running"):
            stop.set()
        return stop.is_set()

    with watching(unwanted, _POLL_S):
        yield stop
