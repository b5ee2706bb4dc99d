"""Does a job on this machine, in a process and a folder of its own, within its time."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import McuError, ToolError
from mcu_toolkit.pipeline.matrix.folder import JOB, RESULT, STAGE, STATE, JobFile, crashed, job_folder
from mcu_toolkit.pipeline.matrix.measure import board_named, outcome_of
from mcu_toolkit.pipeline.matrix.records import Conditions, JobResult, JobSpec
from mcu_toolkit.system.confined import write_inside
from mcu_toolkit.system.files import write_text
from mcu_toolkit.system.json_text import json_text
from mcu_toolkit.system.parsing import json_value
from mcu_toolkit.system.process import Completed, run
from mcu_toolkit.system.records import from_plain
from mcu_toolkit.system.user_folders import STATE_VARIABLE

_CHILD = Path(__file__).with_name("child.py")
_MARGIN_S = 15.0
"""Beyond its limits a job gets this long to start and to end."""


def execute(
    spec: JobSpec, conditions: Conditions, contents: Mapping[str, bytes], tell: Callable[[str], None], stop: threading.Event | None = None
) -> JobResult:
    """The result of a job; `contents` are the files that it reads, by their hash, and `tell` hears which stage begins.

    Never raises one of our errors: whatever fails is the outcome of this job alone.  Setting `stop` ends it early.
    """
    try:
        with job_folder() as folder:
            return _in_folder(folder, JobFile(spec, conditions, own_boards=False), contents, tell, stop)
    except McuError as error:
        return JobResult(outcome_of(error))


def _in_folder(
    folder: Path, job: JobFile, contents: Mapping[str, bytes], tell: Callable[[str], None], stop: threading.Event | None
) -> JobResult:
    spec = job.spec
    for role, file in (("model", spec.model), ("data", spec.data), ("board", spec.board_file)):
        if file is not None:
            write_inside(folder, f"{role}/{file.name}", contents[file.sha256])
    board = load_board(board_named(spec, folder))
    job = replace(job, own_boards=board.is_emulated)
    write_text(folder / JOB, json_text(job))
    log: deque[str] = deque(maxlen=job.conditions.keep_log_lines)

    def on_line(line: str) -> None:
        if line.startswith(STAGE):
            tell(line.removeprefix(STAGE))
        else:
            log.append(line)

    completed = _within_its_time(job, folder, on_line, stop)
    if not (folder / RESULT).is_file():
        raise crashed(completed.exit_code, list(log))
    return from_plain(JobResult, json_value((folder / RESULT).read_text(encoding="utf-8")))


def _within_its_time(job: JobFile, folder: Path, on_line: Callable[[str], None], stop: threading.Event | None) -> Completed:
    """The job's process, ended; raises ToolError where its time was over."""
    limits = job.conditions
    timeout_s = limits.time_limit_s + (0.0 if job.own_boards else limits.wait_limit_s) + _MARGIN_S
    begun_s = time.monotonic()
    try:
        return run(
            [sys.executable, _CHILD, json.dumps(sys.path), folder],
            cwd=folder,
            env={STATE_VARIABLE: str(folder / STATE)} if job.own_boards else {},
            timeout_s=timeout_s,
            on_line=on_line,
            stop=stop,
        )
    except ToolError:
        if time.monotonic() - begun_s < timeout_s:
            raise
        raise ToolError(f"the job did not end within {limits.time_limit_s:g} s", on=job.spec.board, hint="a longer --time-limit") from None
