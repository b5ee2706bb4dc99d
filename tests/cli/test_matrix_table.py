"""The live table of `mcu matrix`, drawn into a text."""

from __future__ import annotations

import io
import os
import pty
from collections.abc import Iterator
from typing import TextIO

import pytest
from rich.console import Console as RichConsole

from mcu_toolkit.cli.console import Console
from mcu_toolkit.cli.matrix_table import MatrixTable
from mcu_toolkit.pipeline.matrix.jobs import Job
from mcu_toolkit.pipeline.matrix.records import Cell, Conditions, FileRef, JobSpec, MatrixRow, Outcome
from mcu_toolkit.report import Limits
from mcu_toolkit.runtimes.base import RuntimeOptions

SPEC = JobSpec(FileRef("m.tflite", "hash"), "host", None, "aot", RuntimeOptions(), None, 1, 0, None, Limits())


def jobs(count: int) -> list[Job]:
    cells = [Cell(f"model{number}\x1b[31m", "int8", "host", "aot", "") for number in range(count)]
    return [Job(f"key{number}", cell, SPEC, Conditions(), {}, "") for number, cell in enumerate(cells)]


@pytest.fixture
def terminal() -> Iterator[tuple[TextIO, int]]:
    """stderr as a terminal, and the other end of it."""
    master, own = pty.openpty()
    with os.fdopen(own, "w") as stream:
        yield stream, master
    os.close(master)


def test_running_jobs_are_rows_and_those_that_ended_are_counted(terminal: tuple[TextIO, int]) -> None:
    stream, _ = terminal
    all_jobs = jobs(20)
    with MatrixTable(Console(stream=stream), quiet=False) as table:
        table.planned([job.cell for job in all_jobs], [])
        for job in all_jobs[:18]:
            table.began(job, "bench")
        table.stage(all_jobs[1], "building")
        table.ended(MatrixRow(all_jobs[0].cell, Outcome("fail", ("does not fit",))))
        drawn = io.StringIO()
        RichConsole(file=drawn, width=100).print(table._view())
    lines = drawn.getvalue().splitlines()
    assert "model1" in lines[1]
    assert "bench" in lines[1]
    assert "building" in lines[1]
    assert "model0" not in drawn.getvalue()
    assert "\x1b[31m" not in drawn.getvalue()
    assert lines[-1] == "1 fail; 17 running (1 not shown), 2 to come"


def test_without_a_terminal_each_end_is_a_line() -> None:
    said = io.StringIO()
    (job,) = jobs(1)
    with MatrixTable(Console(stream=said), quiet=False) as table:
        table.planned([job.cell], [])
        table.began(job, "")
        table.ended(MatrixRow(job.cell, Outcome("error", ("no compiler\nand more",))))
    assert said.getvalue().splitlines() == [
        "-- matrix: 1 cells",
        "   error       1/1 model0\\x1b[31m, int8 on host, aot: no compiler",
    ]
