# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The bridge: a background process between a board's pseudo-terminal and its emulator.

    python bridge.py STATE_FOLDER        started by flash.py; standard error is the log

It buffers what the board sends until somebody reads it, pushes back in both directions beyond a bound, restarts the
machine on `reset`, and takes the serial port away when the machine ends, so that readers notice at once.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from machine import Machine
from port import CHUNK_BYTES, Port
from state import Config, EmulatorError, FileLock, socket_address

TO_BOARD_BYTES_MAX = 65536
TO_HOST_BYTES_MAX = 1 << 20
"""Beyond these the sender has to wait: a smaller value slows bulk transfers, a larger one delays them."""

# A UART drops what arrives before the firmware enables it: input is held back until the board has sent something, or
# for so long.  (After a restart the firmware does by itself this is as on silicon: the first bytes may be lost.)
_SILENT_START_S = 1.0
_LINGER_S = 2.0  # how long a dead board's last words wait for a reader
_FOLDER_CHECK_S = 5.0


class Bridge:
    """State of the bridge; `serve` runs until the board is stopped or dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock_inode = (folder / "lock").stat().st_ino
        self._config = Config.from_json((folder / "config.json").read_text())
        self._to_board, self._to_host = bytearray(), bytearray()
        self._boots = 0
        self._listens_from_s = 0.0
        self._stopped = False
        self._port = Port(folder / "tty")
        try:
            self._machine = self._power_on()
            self._control = _listen(folder / "control")
        except BaseException:
            self._port.close()
            raise

    def serve(self) -> int:
        """Move bytes until the end; returns the exit code."""
        while not self._stopped:
            poller = select.poll()
            for handle, events in self._interests().items():
                poller.register(handle, events)
            ready = dict(poller.poll(1000 * (_FOLDER_CHECK_S if self._board_listens() else _SILENT_START_S / 10)))
            if not ready and not self._folder_is_ours():
                return 0
            if self._control.fileno() in ready:
                self._answer()
                continue  # a reset has replaced the machine these events were about
            if not self._move_bytes(ready):
                return self._mourn()
        return 0

    def close(self) -> None:
        """Power off and remove what others look for."""
        self._machine.power_off()
        self._port.close()
        for name in ("control", "pid") if self._folder_is_ours() else ():
            (self._folder / name).unlink(missing_ok=True)

    def _power_on(self) -> Machine:
        machine = Machine(self._config, self._folder)
        self._boots += 1
        self._listens_from_s = time.monotonic() + _SILENT_START_S
        _log(f"power on: process {machine.pid}, start {self._boots}")
        return machine

    def _board_listens(self) -> bool:
        return time.monotonic() >= self._listens_from_s

    def _interests(self) -> dict[int, int]:
        """What to wait for: nobody is read from while the buffer behind is full."""
        port = select.POLLIN if len(self._to_board) < TO_BOARD_BYTES_MAX else 0
        port |= select.POLLOUT if self._to_host else 0
        board = select.POLLIN if len(self._to_host) < TO_HOST_BYTES_MAX else 0
        board |= select.POLLOUT if self._to_board and self._board_listens() else 0
        return {self._port.handle: port, self._machine.serial.fileno(): board, self._control.fileno(): select.POLLIN}

    def _move_bytes(self, ready: dict[int, int]) -> bool:
        """Move what can be moved now; False when the machine has ended."""
        port = ready.get(self._port.handle, 0)
        board = ready.get(self._machine.serial.fileno(), 0)
        if port & select.POLLIN:
            self._to_board += self._port.read()
        if board & (select.POLLIN | select.POLLHUP):
            received = self._machine.read(CHUNK_BYTES)
            if received == b"":
                return False
            if received:
                self._to_host += received
                self._listens_from_s = 0.0
        if self._to_board and self._board_listens():
            del self._to_board[: self._machine.write(memoryview(bytes(self._to_board[:CHUNK_BYTES])))]
        if self._to_host:
            del self._to_host[: self._port.write(self._to_host[:CHUNK_BYTES])]
        return True

    def _answer(self) -> None:
        connection, _ = self._control.accept()
        with connection:
            connection.settimeout(1.0)
            try:
                with connection.makefile("rwb") as stream:
                    command = stream.readline(64).decode(errors="replace").strip()
                    stream.write(json.dumps(self._obey(command)).encode() + b"\n")
            except OSError as error:
                _log(f"control connection: {error}")

    def _obey(self, command: str) -> dict[str, Any]:
        if command == "reset":
            self._machine.power_off()
            self._to_board.clear()
            self._to_host.clear()
            self._port.discard()
            self._machine = self._power_on()
        elif command == "stop":
            self._stopped = True
        elif command != "status":
            return {"ok": False, "error": f"unknown command {command!r}"}
        return {
            "ok": True,
            "board": self._config.board,
            "pid": os.getpid(),
            "machine_pid": self._machine.pid,
            "tty": self._port.name,
            "starts": self._boots,
        }

    def _mourn(self) -> int:
        """The machine has ended on its own: say so, and leave its last words to a reader for a moment."""
        _log(f"the board {self._machine.how_it_ended()}")
        self._control.close()
        deadline_s = time.monotonic() + _LINGER_S
        while (self._to_host or self._port.unread_bytes()) and time.monotonic() < deadline_s:
            del self._to_host[: self._port.write(self._to_host[:CHUNK_BYTES])]
            time.sleep(0.01)
        return 1

    def _folder_is_ours(self) -> bool:
        """False when somebody removed the state folder: then nobody can ever stop us by it."""
        try:
            return (self._folder / "lock").stat().st_ino == self._lock_inode
        except OSError:
            return False


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)  # of a bridge that was killed; we hold the lock, so it is not in use
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with socket_address(path) as address:
        control.bind(address)
    control.listen(8)
    return control


def _log(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} bridge: {text}", file=sys.stderr, flush=True)


def _exit(*_: object) -> None:
    sys.exit(0)


def main(folder: Path) -> int:
    """Run the bridge of the board in `folder`; returns the exit code."""
    lock = FileLock(folder / "lock")
    if not lock.acquire(timeout_s=5.0):
        _log("another bridge has this folder")
        return 1
    (folder / "pid").write_text(f"{os.getpid()}\n")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _exit)
    try:
        bridge = Bridge(folder)
    except EmulatorError as error:
        _log(str(error))
        return 1
    try:
        return bridge.serve()
    except EmulatorError as error:  # a reset that found no emulator any more
        _log(str(error))
        return 1
    finally:
        bridge.close()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
