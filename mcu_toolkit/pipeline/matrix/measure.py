"""One job: a model on a board with a runtime, proven and measured.  Runs in the job's own process."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.errors import McuError, NotSatisfiedError, UnsupportedModelError
from mcu_toolkit.pipeline.matrix.records import Conditions, Figures, FileRef, JobResult, JobSpec, Outcome, Verdict
from mcu_toolkit.pipeline.profiling.bench import bench
from mcu_toolkit.pipeline.proof.device import ports_of
from mcu_toolkit.pipeline.proof.job import JobRequest, open_job
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.turns import turn_on
from mcu_toolkit.report import Report, to_json
from mcu_toolkit.runners import roles


def place_of(folder: Path, role: str, file: FileRef) -> Path:
    """Where the file that a job reads in its `role` is in the folder of the job."""
    return folder / role / file.name


def board_named(spec: JobSpec, folder: Path) -> str:
    """The board of a job as `load_board` takes it: its id, or its file in the folder of the job."""
    return spec.board if spec.board_file is None else str(place_of(folder, "board", spec.board_file))


def measure(spec: JobSpec, conditions: Conditions, folder: Path, progress: Progress) -> JobResult:
    """Build, run, prove and measure in `folder`, which holds the job's files.  Our errors are outcomes; others are raised."""
    begun_s = time.monotonic()
    try:
        result = _measured(spec, conditions, folder, progress)
    except McuError as error:
        result = JobResult(outcome_of(error))
    outcome = replace(result.outcome, machine=platform.node(), duration_s=round(time.monotonic() - begun_s, 3))
    return replace(result, outcome=outcome)


def outcome_of(error: McuError) -> Outcome:
    """What came of a job that ended with `error`."""
    verdict: Verdict = "error"
    if isinstance(error, NotSatisfiedError):
        verdict = "fail"
    elif isinstance(error, UnsupportedModelError):
        verdict = "unsupported"
    on = "" if error.on is None else f"{error.on}: "
    return Outcome(verdict, (f"{on}{error.what}",), error.hint or "")


def _measured(spec: JobSpec, conditions: Conditions, folder: Path, progress: Progress) -> JobResult:
    named = board_named(spec, folder)
    board = load_board(named)
    with _plugged_in(board, conditions, progress) as port:
        job = open_job(
            JobRequest(
                model=place_of(folder, "model", spec.model),
                board=named,
                runtime=spec.runtime,
                choices=spec.choices,
                data=None if spec.data is None else place_of(folder, "data", spec.data),
                random=spec.random,
                seed=spec.seed,
                samples=spec.samples,
                output=folder / "out",
                port=port,
                limits=spec.limits,
            )
        )
        report = bench(job, progress)
    outcome = Outcome(report.verdict, report.reasons, figures=figures_of(report), port=port or "", has_report=True)
    return JobResult(outcome, to_json(report))


@contextmanager
def _plugged_in(board: Board, conditions: Conditions, progress: Progress) -> Iterator[str | None]:
    """The port of a real board, held while the block runs; None for an emulated one, which the job has for itself."""
    if board.is_emulated:
        yield None
        return

    with turn_on(board, lambda: conditions.ports or ports_of(board), conditions.wait_limit_s, progress.stage) as port:
        yield port


def figures_of(report: Report) -> Figures:
    """The figures that a matrix compares."""
    footprint = report.footprint
    near = next((report.accuracy[name] for name in roles.nearest_to_the_board() if name in report.accuracy), None)
    return Figures(
        accuracy=near,
        flash_bytes=None if footprint is None else footprint.flash_bytes,
        ram_bytes=None if footprint is None else footprint.ram_bytes,
        arena_bytes=None if footprint is None else footprint.arena_bytes,
        stack_bytes=report.stack_bytes,
        instructions=report.instructions,
        cycles=None if report.cycles is None else report.cycles.most,
        latency_us=report.latency_us,
    )
