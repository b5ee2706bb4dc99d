"""Emulated boards that are running: finding, resetting and stopping them.

`pio run -t upload` starts one (pio_platform/mcu_toolkit/emulator/flash.py): a background bridge that owns the serial
port, a pseudo-terminal, and runs the emulator.  It lives in a state folder of its own and is spoken to there.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.errors import DeviceError
from mcu_toolkit.system.parsing import json_value
from mcu_toolkit.system.user_folders import state_dir

try:
    import fcntl
except ImportError:  # Windows has no pseudo-terminals either, so nothing is ever emulated there
    fcntl = None  # type: ignore[assignment]

_CAN_RUN_HERE = hasattr(socket, "AF_UNIX")
_REPLY_TIMEOUT_S = 30.0
"""A reset starts a fresh emulator, some 50 ms; a busy machine may need seconds."""
_STOP_TIMEOUT_S = 10.0
_LAST_WORDS = "bridge: the board "
_LAST_WORDS_TIMEOUT_S = 11.0
"""A bridge whose machine has ended answers no more, and waits up to 10 s to learn how it ended."""
_SOCKET_PATH_BYTES_MAX = 107  # sun_path less its final zero: unix(7)


def find_emulator(board_id: str) -> Emulator | None:
    """The running emulator of a board, or None if there is none that answers."""
    emulator = Emulator(board_id, state_dir() / board_id)
    return emulator if emulator.is_running() else None


def running_emulators() -> tuple[Emulator, ...]:
    """Every emulated board that is running, sorted by id."""
    folders = sorted(path for path in state_dir().glob("*") if (path / "control").exists())
    return tuple(emulator for emulator in (find_emulator(folder.name) for folder in folders) if emulator is not None)


@dataclass(frozen=True)
class _Answer:
    """What a bridge says of itself after it obeyed a command."""

    pid: int
    """Its own process id."""
    machine_pid: int
    """Of QEMU, or of the firmware as a program."""


@dataclass(frozen=True)
class Emulator:
    """A board's emulator; the record stays valid when the emulator dies, and then says what it died of."""

    board_id: str
    folder: Path

    @property
    def tty(self) -> str:
        """Path of the serial port; stays the same over resets and new firmware."""
        return str(self.folder / "tty")

    def is_running(self) -> bool:
        """True if the emulator answers."""
        return self._request("status") is not None

    def process_ids(self) -> tuple[int, int]:
        """Process ids of the bridge, and of QEMU (or the firmware as a program); raises DeviceError if it is dead."""
        answer = self._request("status")
        if answer is None:
            raise self.dead()
        return answer.pid, answer.machine_pid

    def reset(self) -> None:
        """Power off and on: a fresh emulator with the flashed image.  Bytes still on their way, both directions, are
        dropped: whatever is read afterwards was sent by the new start.  Raises DeviceError if the emulator is dead."""
        if self._request("reset") is None:
            raise self.dead("cannot be reset")

    def stop(self) -> None:
        """End the emulator and its serial port; does nothing if it is not running.  Raises DeviceError if it stays."""
        deadline_s = time.monotonic() + _STOP_TIMEOUT_S
        while self._bridge_lives():
            self._request("stop")  # again and again: a bridge that is just starting does not listen yet
            if time.monotonic() > deadline_s:
                raise DeviceError("the emulator does not stop", on=self.board_id, hint=f"kill {self._pid_text()}")
            time.sleep(0.01)

    def log_tail(self, lines: int = 15) -> str:
        """The last lines the emulator and its bridge wrote; empty if there are none."""
        try:
            return "\n".join((self.folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def dead(self, what: str = "is not running") -> DeviceError:
        """An error, to be raised, that says how the emulator ended; waits a little for a bridge that is about to tell."""
        deadline_s = time.monotonic() + _LAST_WORDS_TIMEOUT_S
        while self._bridge_lives() and _LAST_WORDS not in self.log_tail() and time.monotonic() < deadline_s:
            time.sleep(0.02)
        log = self.log_tail()
        return DeviceError(
            f"the emulator {what}" + (f"; the end of {self.folder / 'log'}:\n{log}" if log else ""),
            on=self.board_id,
            hint=f"mcu flash, or `pio run -t upload` in the project: starts board {self.board_id} again",
        )

    def _request(self, command: str) -> _Answer | None:
        """The bridge's answer, or None if there is no bridge or it gives none."""
        if not _CAN_RUN_HERE:
            return None
        try:
            with _socket_address(self.folder / "control") as address, socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(_REPLY_TIMEOUT_S)
                connection.connect(address)
                connection.sendall(f"{command}\n".encode())
                with connection.makefile("rb") as stream:
                    answer = json_value(stream.readline())
            return _Answer(int(answer["pid"]), int(answer["machine_pid"])) if answer["ok"] is True else None
        except (OSError, ValueError, KeyError, TypeError):  # the last three: it is no answer of a bridge of ours
            return None

    def _bridge_lives(self) -> bool:
        """True if the bridge holds its lock: also when it is stuck, and never when it was killed."""
        if not _CAN_RUN_HERE:
            return False
        try:
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def _pid_text(self) -> str:
        try:
            return (self.folder / "pid").read_text(encoding="ascii").strip()
        except OSError:
            return "its bridge"


@contextlib.contextmanager
def _socket_address(path: Path) -> Iterator[str]:
    """`path` as a Unix socket's address; one that is too long goes by way of the folder's descriptor (Linux)."""
    if len(os.fsencode(path)) <= _SOCKET_PATH_BYTES_MAX:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
