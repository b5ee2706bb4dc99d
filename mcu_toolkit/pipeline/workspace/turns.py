"""Turns on boards: jobs that need the same board wait for each other, where a command that a person types would be refused.

A turn is a lock beside those of locks.py, on the machine that the board is plugged into, and lasts for a whole job: building, flashing
and several runs, between which the port itself is free.  The operating system drops it when the last program of the job has ended,
flashing tools included (system.process.passing_on): whatever becomes of a job, the next one never flashes while it still does.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mcu_toolkit.boards import Board
from mcu_toolkit.errors import DeviceError, ToolError
from mcu_toolkit.pipeline.workspace.locks import board_in_use, key_of_port, locks_folder
from mcu_toolkit.system.ownership import PRIVATE_FILE
from mcu_toolkit.system.process import passing_on

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_POLL_S = 0.1
_REAPPEARS_S = 10.0
"""A board that was just flashed or reset is absent for a moment: USB finds it again."""


@contextlib.contextmanager
def turn_on(board: Board, find_ports: Callable[[], Sequence[str]], wait_limit_s: float, tell: Callable[[str], None]) -> Iterator[str]:
    """Hold one of the boards at the ports that `find_ports` gives while the block runs, and give its port; `tell` hears what is waited for.

    A path that does not exist on this machine is passed over; a URL (`rfc2217://`, `socket://`) counts as there.
    Raises DeviceError where none of them is there, ToolError where none is free within `wait_limit_s`.
    """
    begun_s, told = time.monotonic(), False
    while True:
        ports = find_ports()
        here = [port for port in ports if "://" in port or Path(port).exists()]
        found = _first_free(board, here)
        if found is not None:
            break
        _refuse_to_wait_longer(board, ports, here, time.monotonic() - begun_s, wait_limit_s)
        if not told:
            tell(f"waiting for {board.id}")
            told = True
        time.sleep(_POLL_S)
    port, handle = found
    try:
        with passing_on(handle):
            yield port
    finally:
        os.close(handle)


def _refuse_to_wait_longer(board: Board, ports: Sequence[str], here: Sequence[str], waited_s: float, limit_s: float) -> None:
    if not here and waited_s >= min(_REAPPEARS_S, limit_s):
        raise DeviceError(
            "the board is not there: none of its ports exists",
            on=board.id,
            expected=" or ".join(ports) or "a port",
            hint="plug it in, or name its port in [matrix.ports] of mcu.toml; mcu doctor lists the ports",
        )
    if waited_s >= limit_s:
        raise ToolError(
            f"the board was in use for {limit_s:g} s",
            on=board.id,
            expected=f"a free port: {', '.join(here)}",
            hint="end the command that has it, or give a longer --wait-limit",
        )


def _first_free(board: Board, ports: Sequence[str]) -> tuple[str, int] | None:
    """A port and the handle of the turn on it, which closing gives back."""
    for port in ports:
        handle = _take(port)
        if handle is None:
            continue
        if _is_free(board, port):
            return port, handle
        os.close(handle)
    return None


def _take(port: str) -> int | None:
    """The handle of the turn on `port`; None where somebody else has it."""
    if fcntl is None:
        raise ToolError("jobs cannot take turns on boards on this system", on=port, expected="Linux or macOS")
    handle = os.open(locks_folder() / f"turn-{key_of_port(port)}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE_FILE)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except BaseException:
        os.close(handle)
        raise
    return handle


def _is_free(board: Board, port: str) -> bool:
    """False while a command that takes no turns has the port: `mcu monitor`, `mcu deploy`."""
    try:
        with board_in_use(board, port):
            return True
    except ToolError:
        return False
