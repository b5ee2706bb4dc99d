"""The folder of a job: all that it writes, gone when it has ended, and removed by the next one where a machine died."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import filelock

from mcu_toolkit.device import Emulator
from mcu_toolkit.errors import McuError, ToolError
from mcu_toolkit.pipeline.matrix.records import Conditions, JobSpec
from mcu_toolkit.system.files import no_temporary_folder
from mcu_toolkit.system.ownership import PRIVATE_FILE
from mcu_toolkit.system.user_folders import private_cache

JOB, RESULT = "job.json", "result.json"
STAGE = "\x1e"
"""What a line of a job's output begins with that says a stage."""
STATE = "state"
"""Of the emulated board that a job has for itself."""
_LOCK = "lock"
_PREFIX = "job-"


@dataclass(frozen=True)
class JobFile:
    """What a job's process reads."""

    spec: JobSpec
    conditions: Conditions
    own_boards: bool
    """Emulated boards are this job's alone."""


@contextlib.contextmanager
def job_folder() -> Iterator[Path]:
    """An empty folder of this user's for the block; what emulators in it still run is stopped, and all of it removed, at the end.

    Folders of jobs whose process was killed are removed as well.  Raises ToolError where there is no room.
    """
    root = private_cache("jobs")
    _sweep(root)
    try:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
    except OSError as error:
        raise no_temporary_folder(error) from None
    lock = filelock.FileLock(folder / _LOCK, timeout=0, mode=PRIVATE_FILE)
    lock.acquire()
    try:
        yield folder
    finally:
        _remove(folder)
        lock.release()


def _sweep(root: Path) -> None:
    for folder in root.glob(f"{_PREFIX}*"):
        lock = filelock.FileLock(folder / _LOCK, timeout=0, mode=PRIVATE_FILE)
        with contextlib.suppress(filelock.Timeout, OSError):  # it is in use; another job removes it
            if not (folder / _LOCK).exists():
                continue  # it was made this moment
            with lock:
                _remove(folder)


def _remove(folder: Path) -> None:
    for board in (folder / STATE).glob("*/control"):
        with contextlib.suppress(McuError):  # one that does not stop is the user's to kill; the folder goes
            Emulator(board.parent.name, board.parent).stop()
    shutil.rmtree(folder, ignore_errors=True)


def crashed(exit_code: int, log: list[str]) -> ToolError:
    """The error of a job whose process ended without a result."""
    said = "".join(f"\n    {line}" for line in log)
    return ToolError(
        f"the job's process ended with exit code {exit_code} and without a result" + (f"; it said last:{said}" if said else "")
    )
