"""Two commands on the same folder or board do not mix: the second one is told who holds it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import filelock

from mcu_toolkit.errors import ToolError
from mcu_toolkit.files import make_folder


@contextlib.contextmanager
def exclusive(path: Path, what: str, *, timeout_s: float = 0.0) -> Iterator[None]:
    """Hold the lock file `path` while the block runs.

    Raises ToolError naming the holder (process and command) if somebody else holds it for longer than `timeout_s`.
    The operating system drops the lock with its process, so a crash leaves nothing behind.
    """
    make_folder(path.parent)
    holder = path.with_name(path.name + ".holder")
    try:
        with filelock.FileLock(path, timeout=timeout_s):
            holder.write_text(f"process {os.getpid()}: {_command_line()}")
            try:
                yield
            finally:
                holder.unlink(missing_ok=True)
    except filelock.Timeout:
        raise ToolError(
            f"{what} is in use by {_read_holder(holder)}",
            on=path.parent,
            expected="one command at a time",
            hint="wait for it to end, or stop it",
        ) from None


def _command_line() -> str:
    return " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200]


def _read_holder(holder: Path) -> str:
    try:
        return holder.read_text()
    except OSError:
        return "another process"
