"""Jobs that build nothing and sleep, for a lab of Dask workers on this machine; what they do is written in the file they read."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from distributed import get_worker

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import McuError
from mcu_toolkit.pipeline.matrix.jobs import Job
from mcu_toolkit.pipeline.matrix.lab_worker import do_by
from mcu_toolkit.pipeline.matrix.measure import outcome_of
from mcu_toolkit.pipeline.matrix.records import Cell, Conditions, FileRef, JobResult, JobSpec, Outcome
from mcu_toolkit.pipeline.workspace.turns import turn_on
from mcu_toolkit.report import Limits
from mcu_toolkit.runtimes.base import RuntimeOptions
from mcu_toolkit.system.files import sha256_hex
from mcu_toolkit.system.process import run

_TOOL = """
import os, signal, sys, time
def said(what):
    handle = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{what} {os.getpid()}\\n".encode())
def end(*_):
    said("ended")
    sys.exit()
signal.signal(signal.SIGTERM, end)
said("began")
time.sleep(float(sys.argv[2]))
end()
"""
"""Flashes a board: says in a file when it begins and ends, also when it is asked to end."""


def sleeping_job(folder: Path, name: str, *, resource: str = "", conditions: Conditions | None = None, **orders: Any) -> Job:
    """A job that is to do what `orders` say: `sleep_s`, `fails_on` a worker, `flashes` by way of a file."""
    content = json.dumps({"name": name, **orders}).encode()
    digest = sha256_hex(content)
    (folder / f"{name}.json").write_bytes(content)
    spec = JobSpec(FileRef(f"{name}.json", digest), "host", None, "aot", RuntimeOptions(), None, None, 0, None, Limits())
    known = conditions or Conditions(time_limit_s=60, wait_limit_s=60)
    return Job(digest, Cell(name, "", resource or "host", "aot", ""), spec, known, {digest: folder / f"{name}.json"}, resource)


def do_sleeping(text: str, *contents: bytes) -> str:
    """What a worker calls in the place of `do_job`."""
    return do_by(_work, text, contents)


def _work(
    spec: JobSpec, conditions: Conditions, contents: Mapping[str, bytes], tell: Callable[[str], None], stop: threading.Event | None
) -> JobResult:
    orders = json.loads(contents[spec.model.sha256])
    worker = str(get_worker().name)
    tell("sleeping")
    if orders.get("fails_on") == worker:
        return JobResult(Outcome("error", (f"no compiler on {worker}",), machine=worker))
    try:
        if "flashes" in orders:
            with turn_on(load_board("nano33ble"), lambda: conditions.ports, conditions.wait_limit_s, tell):
                run([sys.executable, "-c", _TOOL, orders["flashes"], str(orders.get("sleep_s", 0))], stop=stop)
            return JobResult(Outcome("pass", machine=worker))
    except McuError as error:
        return JobResult(outcome_of(error))
    deadline_s = time.monotonic() + orders.get("sleep_s", 0.0)
    while time.monotonic() < deadline_s:
        if stop is not None and stop.wait(0.02):
            Path(orders["stopped"]).write_text(worker)
            return JobResult(Outcome("error", ("stopped",)))
    return JobResult(Outcome("pass", (orders["name"],), machine=worker))
