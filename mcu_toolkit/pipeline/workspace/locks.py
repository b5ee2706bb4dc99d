"""Locks: of two commands on the same folder or board the second one fails and names the first."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import filelock

from mcu_toolkit.boards import Board
from mcu_toolkit.errors import InputError, ToolError
from mcu_toolkit.system.ownership import PRIVATE_FILE, private_folder
from mcu_toolkit.system.user_folders import STATE_VARIABLE, private_state, state_dir

_HOLDER_APPEARS_S = 0.5
"""The holder writes its name right after it has taken the lock."""


@contextlib.contextmanager
def folder_in_use(*folders: Path) -> Iterator[None]:
    """Hold `folders` for this command while the block runs; raises ToolError naming the holder if somebody else has one.

    The lock is kept beside the boards' state and not in the folder, which may not exist yet and may stay unmade.
    """
    with contextlib.ExitStack() as stack:
        for folder in sorted({folder.resolve() for folder in folders}):
            key = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
            stack.enter_context(_exclusive(f"folder-{key}", on=folder, what="folder"))
        yield


@contextlib.contextmanager
def board_in_use(board: Board, port: str | None) -> Iterator[None]:
    """Hold an emulated board, or the port of a real one, while the block runs; raises ToolError naming the holder."""
    with contextlib.ExitStack() as stack:
        if board.is_emulated:
            stack.enter_context(emulated_board_in_use(board.id))
        if port is not None:
            stack.enter_context(_exclusive(f"port-{key_of_port(port)}", on=port, what="port"))
        yield


def key_of_port(port: str) -> str:
    """A port in the name of a file: links to the same device have the same key, and a URL has the same from every folder."""
    return hashlib.sha256(os.fsencode(port if "://" in port else os.path.realpath(port))).hexdigest()[:16]


@contextlib.contextmanager
def emulated_board_in_use(board_id: str) -> Iterator[None]:
    """Hold the emulated board with this id while the block runs; raises ToolError naming the holder."""
    with _exclusive(f"board-{board_id}", on=board_id, what="board"):
        yield


@contextlib.contextmanager
def _exclusive(name: str, *, on: object, what: str) -> Iterator[None]:
    """Hold the lock `name`.  The operating system drops it with the process, so a crash leaves nothing behind."""
    path = locks_folder() / f"{name}.lock"
    holder = path.with_suffix(".holder")
    lock = filelock.FileLock(path, timeout=0, mode=PRIVATE_FILE)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise ToolError(
            f"the {what} is in use by {_read_holder(holder)}",
            on=on,
            expected=f"one command at a time on a {what}",
            hint="wait for that command to end, or stop it",
        ) from None
    try:
        with contextlib.suppress(OSError):  # a full disk: the lock holds, only its holder stays unnamed
            _write_holder(holder)
        yield
    finally:
        with contextlib.suppress(OSError):
            holder.unlink()
        lock.release()


def locks_folder() -> Path:
    """Where locks are files; raises InputError where no folder for them can be made."""
    try:
        folder = private_state("locks")
        if os.access(folder, os.W_OK):
            return folder
    except InputError:
        if os.access(state_dir(), os.F_OK):  # it is there and not to be used: that is for the user to decide
            raise
    # No home folder that can be written (a container, a service account): steps that need no board must work there.
    # Everybody knows this name, so what lies there is used only if it is a folder of this user's own, and nobody else's.
    return private_folder(Path(tempfile.gettempdir()) / f"mcu-toolkit-{_user_number()}-locks", hint=f"set {STATE_VARIABLE} to a folder")


def _user_number() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def _write_holder(path: Path) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), PRIVATE_FILE)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(f"process {os.getpid()}: {_command_line()}")


def _command_line() -> str:
    return shlex.join([Path(sys.argv[0]).name.replace("__main__.py", "mcu"), *sys.argv[1:]])[:200]


def _read_holder(holder: Path) -> str:
    deadline_s = time.monotonic() + _HOLDER_APPEARS_S
    while time.monotonic() < deadline_s:
        try:
            text = holder.read_text(encoding="utf-8")
        except OSError:
            text = ""
        if text:
            return text
        time.sleep(0.02)
    return "another process"
