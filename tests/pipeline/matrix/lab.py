"""A Dask scheduler and its workers as processes of this machine, on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_START_S = 120.0


@dataclass
class LabHere:
    """A scheduler, and what runs beside it."""

    folder: Path
    address: str
    stack: ExitStack
    environment: Mapping[str, str]
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start_worker(self, name: str, *, resources: str = "", threads: int = 1, state: Path | None = None) -> None:
        """A worker; `state` is its MCU_STATE_DIR, with the locks of its machine."""
        words = ["worker", self.address, "--name", name, "--nthreads", str(threads), "--no-nanny", "--no-dashboard"]
        words += ["--local-directory", str(self.folder / name), *(["--resources", resources] if resources else [])]
        own = {} if state is None else {"MCU_STATE_DIR": str(state)}
        self.workers[name] = self.stack.enter_context(_running(words, self.folder / f"{name}.log", {**self.environment, **own}))

    def wait_for(self, *names: str) -> None:
        """Until these workers have said that they are registered."""
        deadline_s = time.monotonic() + _START_S
        for name in names:
            log = self.folder / f"{name}.log"
            while "Registered to:" not in log.read_text():
                assert time.monotonic() < deadline_s, log.read_text()
                time.sleep(0.1)


@contextmanager
def lab_here(folder: Path, environment: Mapping[str, str] | None = None, *, protocol: str = "tcp") -> Iterator[LabHere]:
    """A scheduler at a free port; everything has ended when the block does."""
    environment = environment or {}
    place = folder / "scheduler.json"
    words = ["scheduler", "--host", f"{protocol}://127.0.0.1:0", "--no-dashboard", "--no-show", "--scheduler-file", str(place)]
    with ExitStack() as stack:
        stack.enter_context(_running(words, folder / "scheduler.log", environment))
        deadline_s = time.monotonic() + _START_S
        while not place.exists() or not place.read_text().endswith("}"):
            assert time.monotonic() < deadline_s, (folder / "scheduler.log").read_text()
            time.sleep(0.1)
        yield LabHere(folder, json.loads(place.read_text())["address"], stack, environment)


@contextmanager
def _running(words: list[str], log: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    with log.open("wb") as stream:
        child = subprocess.Popen(
            [sys.executable, "-m", "dask", *words], stdout=stream, stderr=stream, env={**os.environ, "PYTHONPATH": path, **environment}
        )
    try:
        yield child
    finally:
        child.kill()
        child.wait()
