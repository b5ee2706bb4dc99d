"""How a lab scales: the same jobs by way of a Dask scheduler to 1, 2, 4 ... workers on this machine.

    .venv/bin/python -m benchmarks.lab_scaling [--workers N ...] [--jobs N] [--sleep S]

The jobs sleep: they build and run nothing, so that more workers than cores can be measured, and what is measured is what a lab itself
costs a job (placing it, bringing its file and its result).  Real jobs scale with the cores and the boards that do them.  Prints a
Markdown table; no test compares its seconds, which are this machine's.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.pipeline.matrix.lab import Lab
from tests.pipeline.matrix.fakes import Remembers
from tests.pipeline.matrix.lab import LabHere, lab_here
from tests.pipeline.matrix.sleeping import do_sleeping, sleeping_job


@dataclass(frozen=True)
class Measured:
    """One number of workers."""

    workers: int
    duration_s: float
    ideal_s: float

    @property
    def row(self) -> str:
        """As a row of the table."""
        return f"| {self.workers} | {self.duration_s:.1f} | {self.ideal_s:.1f} | {100 * self.ideal_s / self.duration_s:.0f} % |"


def measure(workers: Sequence[int], jobs: int, sleep_s: float) -> Iterator[Measured]:
    """Workers join one by one: each number of them does `jobs` jobs of `sleep_s` seconds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with lab_here(folder) as lab:
            for count in sorted(workers):
                _start_up_to(count, lab)
                _timed(lab, folder, count, 0.0)  # each of them imports the toolkit first
                yield Measured(count, _timed(lab, folder, jobs, sleep_s), sleep_s * jobs / count)


def _start_up_to(count: int, lab: LabHere) -> None:
    names = [f"worker{number}" for number in range(len(lab.workers), count)]
    for name in names:
        lab.start_worker(name)
    lab.wait_for(*names)


def _timed(lab: LabHere, folder: Path, count: int, sleep_s: float) -> float:
    jobs = [sleeping_job(folder, f"sleeping{number}", sleep_s=sleep_s) for number in range(count)]
    begun_s = time.monotonic()
    results = [result for _, result in Lab(lab.address, do_sleeping).run(jobs, Remembers())]
    duration_s = time.monotonic() - begun_s
    if len(results) != count or any(result.outcome.verdict != "pass" for result in results):
        raise SystemExit("a job was lost, or failed")
    return duration_s


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--jobs", type=int, default=64)
    parser.add_argument("--sleep", type=float, default=0.5, help="seconds")
    given = parser.parse_args()
    print(f"{given.jobs} jobs that sleep {given.sleep:g} s\n")
    print("| workers | s | without any cost | share |\n|---:|---:|---:|---:|")
    for one in measure(given.workers, given.jobs, given.sleep):
        print(one.row, flush=True)


if __name__ == "__main__":
    main()
