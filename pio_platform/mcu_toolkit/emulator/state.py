# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The state folder of an emulated board, and the way to talk to the bridge that lives there.  Standard library only.

tty       symbolic link to the board's serial port, a pseudo-terminal
control   Unix socket: one command a connection (`status`, `reset`, `stop`), answered by one line of JSON
lock      locked (flock) by the bridge as long as it lives: the only proof of life that a crash cannot forge
pid       the bridge's process id
log       what the bridge and the emulator had to say
image.elf what was flashed (and image.uf2, where the board takes that)
config.json what to run, written by flash.py
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# sun_path holds 108 bytes, the last one a zero: unix(7).
SOCKET_PATH_BYTES_MAX = 107


class EmulatorError(Exception):
    """Something a user can act on: printed without a traceback, exit code 1."""


@dataclass(frozen=True)
class Config:
    """What runs behind the serial port."""

    board: str
    kind: str
    """A name in kinds.KINDS."""
    program: str
    machine: str
    extra_arguments: tuple[str, ...]
    icount_shift: int
    package: str = ""
    """Folder, in the toolkit's cache, of what `program` runs; empty: it needs nothing."""
    baud: int = 0
    """Of the serial line, for an emulator that keeps to it; 0: bytes take no time."""

    def to_json(self) -> str:
        """The text of config.json."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Config:
        """The opposite of `to_json`."""
        fields = json.loads(text)
        return cls(**{**fields, "extra_arguments": tuple(fields["extra_arguments"])})


def base_folder() -> Path:
    """Where the boards' folders are: $MCU_STATE_DIR, else the user's state folder (as platformdirs has it)."""
    given = os.environ.get("MCU_STATE_DIR")
    if given:
        return Path(given).absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/mcu-toolkit"
    state_home = os.environ.get("XDG_STATE_HOME", "").strip()
    return (Path(state_home) if state_home else Path.home() / ".local/state") / "mcu-toolkit"


def cache_folder() -> Path:
    """Where the toolkit keeps what it fetched: $MCU_CACHE_DIR, else the user's cache folder (as platformdirs has it)."""
    given = os.environ.get("MCU_CACHE_DIR")
    if given:
        return Path(given).absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/mcu-toolkit"
    cache_home = os.environ.get("XDG_CACHE_HOME", "").strip()
    return (Path(cache_home) if cache_home else Path.home() / ".cache") / "mcu-toolkit"


@contextlib.contextmanager
def socket_address(path: Path) -> Iterator[str]:
    """`path` as a Unix socket's address: over 107 bytes by way of the folder's descriptor, which Linux allows."""
    if len(os.fsencode(path)) <= SOCKET_PATH_BYTES_MAX:
        yield str(path)
        return
    if not Path("/proc/self/fd").is_dir():
        raise EmulatorError(f"{path}: too long for a socket ({SOCKET_PATH_BYTES_MAX} bytes); set MCU_STATE_DIR to a shorter folder")
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def request(folder: Path, command: str, timeout_s: float = 15.0) -> dict[str, Any] | None:
    """Send `command` to the bridge and return its answer, or None where no bridge answers."""
    try:
        with socket_address(folder / "control") as address, socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout_s)
            connection.connect(address)
            connection.sendall(command.encode() + b"\n")
            with connection.makefile("rb") as stream:
                line = stream.readline()
        return dict(json.loads(line)) if line else None
    except (OSError, ValueError):
        return None


class FileLock:
    """An exclusive flock on a file; the kernel drops it when its holder dies, however that happens."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def acquire(self, timeout_s: float) -> bool:
        """Wait for the lock; False if somebody else still has it after `timeout_s`."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() >= deadline_s:
                    return False
                time.sleep(0.01)

    def release(self) -> None:
        """Give the lock back; it is also given back when the process ends."""
        os.close(self._handle)


def log_tail(folder: Path, lines: int = 15) -> str:
    """The end of the board's log, for messages."""
    try:
        return "\n".join((folder / "log").read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
