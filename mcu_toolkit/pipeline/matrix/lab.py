"""Jobs on the machines of a lab, by way of a Dask scheduler.

Dask places jobs: a job for a real board goes to a worker that promises the resource of the board's id.  That is no exclusion; a turn on
the board's port is (workspace/turns.py), taken on the machine that it is plugged into.  A worker that dies loses nothing: the scheduler
gives its jobs to others.
"""

from __future__ import annotations

import ipaddress
import queue
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from mcu_toolkit.errors import InputError, McuError, ToolError
from mcu_toolkit.optional_packages import require
from mcu_toolkit.pipeline.matrix.jobs import Job, Watch
from mcu_toolkit.pipeline.matrix.lab_worker import LabJob, do_job, hold
from mcu_toolkit.pipeline.matrix.measure import outcome_of
from mcu_toolkit.pipeline.matrix.records import JobResult
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.json_text import json_text
from mcu_toolkit.system.parsing import json_value
from mcu_toolkit.system.records import from_plain
from mcu_toolkit.version import __version__

EXTRA = "lab"
_CONNECT_S = 15.0
_POLL_S = 1.0
_MARGIN_S = 60.0
"""How much longer than its limits a worker gets before the job is given up: it reports by itself what took too long."""
_TRIES = 3
"""On different machines, where a tool or a board failed."""
_EXPECTED = "tls://HOST:PORT with certificates in Dask's configuration, or tcp:// to this machine, where an SSH tunnel may begin"


def check_address(address: str) -> None:
    """Raise InputError for an address that is none, or that leaves this machine without TLS: whoever reaches a scheduler runs programs."""
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError:  # a port that is no number, brackets that do not match
        scheme, host, port = "", None, None
    if scheme not in ("tcp", "tls") or not host or not port:
        raise InputError("is no address of a Dask scheduler", on=address, expected=_EXPECTED)
    if scheme == "tcp" and not _is_loopback(host):
        raise InputError(
            "would be spoken to without encryption and without authentication", on=address, expected=_EXPECTED, hint="docs/how-to/lab.md"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True)
class Lab:
    """The workers of the scheduler at `address`."""

    address: str
    do: Callable[..., str] = do_job
    """What a worker is asked to call; tests have another one."""

    def __post_init__(self) -> None:
        check_address(self.address)
        require(("distributed",), "--scheduler", extra=EXTRA)

    def run(self, jobs: Sequence[Job], watch: Watch) -> Iterator[tuple[Job, JobResult]]:
        """See `Executor`."""
        if not jobs:
            return
        client = _connected(self.address)
        try:
            round_of_jobs = _Round(client, self.do, watch)
            try:
                for job in jobs:
                    round_of_jobs.submit(job)
                yield from round_of_jobs.results()
            finally:
                round_of_jobs.cancel()
        finally:
            client.close(timeout=_CONNECT_S)


def _connected(address: str) -> Any:
    from distributed import Client

    try:
        return Client(address, timeout=_CONNECT_S, set_as_default=False, name="mcu-matrix")
    except (OSError, TimeoutError, ValueError, TypeError) as error:  # the last two: TLS without certificates
        raise ToolError(
            f"the scheduler cannot be reached: {error}", on=address, expected="a running `dask scheduler`", hint="docs/how-to/lab.md"
        ) from None


@dataclass
class _Task:
    """A job that was submitted."""

    job: Job
    future: Any
    tried: list[str]
    """Names of the machines on which it failed."""
    workers: frozenset[str] | None
    """Addresses of those that may do it; None: all."""
    where: str = ""
    began_s: float | None = None
    unserved_s: float | None = None
    """Since when no worker could do it."""


@dataclass
class _Round:
    """The jobs of one run of the matrix."""

    client: Any
    do: Callable[..., str]
    watch: Watch
    tasks: dict[str, _Task] = field(default_factory=dict)
    blobs: dict[str, Any] = field(default_factory=dict)
    events: queue.Queue[tuple[str, Any]] = field(default_factory=queue.Queue)
    topic: str = field(default_factory=lambda: f"mcu-{uuid.uuid4().hex}")

    def __post_init__(self) -> None:
        self.client.subscribe_topic(self.topic, lambda event: self.events.put(("", event[1])))

    def submit(self, job: Job, tried: Sequence[str] = (), workers: Sequence[str] | None = None) -> None:
        """Give `job` to the scheduler; `workers` are the addresses of those that may do it, None for all."""
        key = f"{self.topic}-{job.key}-{len(tried)}-{uuid.uuid4().hex[:8]}"
        text = json_text(LabJob(__version__, key, self.topic, job.spec, job.conditions, tuple(job.files)))
        future = self.client.submit(
            self.do,
            text,
            *(self._blob(digest, job) for digest in job.files),
            key=key,
            resources={job.resource: 1} if job.resource else None,
            workers=None if workers is None else list(workers),
            pure=False,
        )
        self.tasks[key] = _Task(job, future, list(tried), None if workers is None else frozenset(workers))
        future.add_done_callback(lambda done: self.events.put((done.key, None)))

    def _blob(self, digest: str, job: Job) -> Any:
        """A file, once for all jobs that read it."""
        import dask

        if digest not in self.blobs:
            with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):
                self.blobs[digest] = self.client.submit(hold, read_bytes(job.files[digest]), key=f"{self.topic}-{digest}", pure=False)
        return self.blobs[digest]

    def results(self) -> Iterator[tuple[Job, JobResult]]:
        """Each job with its result, as they end."""
        polled_s = 0.0
        while self.tasks:
            try:
                key, event = self.events.get(timeout=_POLL_S)
            except queue.Empty:
                key, event = "", None
            if key in self.tasks:
                yield from self._ended(key)
            elif isinstance(event, dict):
                self._said(event)
            if time.monotonic() - polled_s >= _POLL_S:
                yield from self._given_up()
                polled_s = time.monotonic()

    def _said(self, event: Mapping[str, Any]) -> None:
        """What a worker tells of a job."""
        task = self.tasks.get(str(event.get("key")))
        if task is None:
            return
        where, stage = str(event.get("where")), str(event.get("stage"))
        if task.began_s is None or where != task.where:
            task.where, task.began_s = where, time.monotonic()
            self.watch.began(task.job, where)
        self.watch.stage(task.job, stage)

    def _ended(self, key: str) -> Iterator[tuple[Job, JobResult]]:
        task = self.tasks.pop(key)
        result = _result_of(task.future)
        failed = [*task.tried, task.where]
        if result.outcome.may_differ_next_time and len(failed) < _TRIES:
            others = [address for address, worker in self._able(task.job).items() if str(worker.get("name")) not in failed]
            if others:
                self.submit(task.job, failed, others)
                return
        yield task.job, result

    def _able(self, job: Job) -> dict[str, Mapping[str, Any]]:
        """The workers, by address, that could do `job`."""
        workers: Mapping[str, Mapping[str, Any]] = self.client.scheduler_info(n_workers=-1)["workers"]
        return {address: one for address, one in workers.items() if not job.resource or job.resource in one.get("resources", {})}

    def _given_up(self) -> Iterator[tuple[Job, JobResult]]:
        """Jobs that nobody can do, and those that a worker has for longer than they may take."""
        now_s = time.monotonic()
        able: dict[str, frozenset[str]] = {}
        for key, task in list(self.tasks.items()):
            limits, resource = task.job.conditions, task.job.resource
            if resource not in able:
                able[resource] = frozenset(self._able(task.job))
            if task.began_s is not None:
                if now_s - task.began_s >= limits.time_limit_s + limits.wait_limit_s + _MARGIN_S:
                    error = ToolError("the worker did not answer in time", on=task.where, hint="look at it; a longer --time-limit")
                    yield self._failed(key, error)
            elif able[resource] & (able[resource] if task.workers is None else task.workers):
                task.unserved_s = None
            else:
                task.unserved_s = task.unserved_s or now_s
                if now_s - task.unserved_s >= limits.wait_limit_s:
                    what = f"no worker has the board {resource}" if resource else "the scheduler has no worker for the job"
                    yield self._failed(key, ToolError(what, expected="one within --wait-limit", hint="docs/how-to/lab.md"))

    def _failed(self, key: str, error: McuError) -> tuple[Job, JobResult]:
        task = self.tasks.pop(key)
        task.future.cancel()
        return task.job, JobResult(outcome_of(error))

    def cancel(self) -> None:
        """Give up all that is not done; workers end it."""
        self.client.cancel([task.future for task in self.tasks.values()])


def _result_of(future: Any) -> JobResult:
    """The result of a task that has ended, or that Dask has given up."""
    if future.status == "finished":
        try:
            return from_plain(JobResult, json_value(future.result(timeout=_CONNECT_S)))
        except (OSError, TimeoutError, ValueError) as error:
            return JobResult(outcome_of(ToolError(f"the result of the job was lost: {error}")))
    if future.status == "error":
        return JobResult(
            outcome_of(ToolError(f"the job failed on its worker: {future.exception(timeout=_CONNECT_S)}", hint="docs/how-to/lab.md"))
        )
    return JobResult(outcome_of(ToolError("the scheduler gave up the job, or went away", hint="start it again; the same command goes on")))
