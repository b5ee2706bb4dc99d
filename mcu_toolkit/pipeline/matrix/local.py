"""Jobs on this machine: some at a time, each in a process of its own."""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mcu_toolkit.errors import McuError
from mcu_toolkit.pipeline.matrix.execute import execute
from mcu_toolkit.pipeline.matrix.jobs import Job, Watch, Work
from mcu_toolkit.pipeline.matrix.measure import outcome_of
from mcu_toolkit.pipeline.matrix.records import JobResult
from mcu_toolkit.system.files import read_bytes

_Event = tuple[Job, "str | JobResult | BaseException"]
"""A stage of a job, its result, or a defect that it met."""


@dataclass(frozen=True)
class Local:
    """Up to `count` jobs at a time.  A real board is in one of them only; where it is not free, a job for another board comes first."""

    count: int
    work: Work = execute

    def run(self, jobs: Sequence[Job], watch: Watch) -> Iterator[tuple[Job, JobResult]]:
        """See `Executor`."""
        state = _State(list(jobs), self.work)
        try:
            while state.waiting or state.running:
                for job in state.startable(self.count):
                    watch.began(job, "")
                    state.start(job)
                job, event = state.events.get()
                if isinstance(event, str):
                    watch.stage(job, event)
                    continue
                state.ended(job)
                if isinstance(event, BaseException):
                    raise event
                yield job, event
        finally:
            state.stop_all()


@dataclass
class _State:
    waiting: list[Job]
    work: Work
    running: dict[str, threading.Thread] = field(default_factory=dict)
    boards: Counter[str] = field(default_factory=Counter)
    events: queue.Queue[_Event] = field(default_factory=queue.Queue)
    stop: threading.Event = field(default_factory=threading.Event)

    def startable(self, count: int) -> list[Job]:
        """The next jobs for which there is room, taken from those that wait."""
        chosen: list[Job] = []
        taken = self.boards.copy()
        for job in list(self.waiting):
            if len(self.running) + len(chosen) >= count:
                break
            if job.resource and taken[job.resource] >= max(1, len(job.conditions.ports)):
                continue
            taken[job.resource] += 1
            chosen.append(job)
            self.waiting.remove(job)
        return chosen

    def start(self, job: Job) -> None:
        self.boards[job.resource] += 1
        thread = threading.Thread(target=self._work, args=(job,), daemon=True)
        self.running[job.key] = thread
        thread.start()

    def ended(self, job: Job) -> None:
        self.boards[job.resource] -= 1
        self.running.pop(job.key).join()

    def stop_all(self) -> None:
        """End what still runs, and wait until it has."""
        self.stop.set()
        for thread in self.running.values():
            thread.join()

    def _work(self, job: Job) -> None:
        try:
            contents = {digest: read_bytes(path) for digest, path in job.files.items()}
            result = self.work(job.spec, job.conditions, contents, lambda text: self.events.put((job, text)), self.stop)
        except McuError as error:  # a file that went away
            self.events.put((job, JobResult(outcome_of(error))))
        except BaseException as error:
            self.events.put((job, error))
        else:
            self.events.put((job, result))
