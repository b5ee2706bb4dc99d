# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The emulated machine: an emulator, or the firmware itself as a program, with its serial port on a socket."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
from pathlib import Path

from kinds import kind_of
from state import Config


class Machine:
    """One run of the firmware, from power-on to power-off."""

    def __init__(self, config: Config, folder: Path) -> None:
        self.serial, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._child = kind_of(config).start(config, folder, far)
        except BaseException:
            self.serial.close()
            raise
        finally:
            far.close()  # so that the end of the emulator is the end of the stream
        self.serial.setblocking(False)

    @property
    def pid(self) -> int:
        """Process id of the emulator or of the firmware."""
        return self._child.pid

    def read(self, size_bytes: int) -> bytes | None:
        """What the board sent; None if nothing yet, empty at its end."""
        try:
            return self.serial.recv(size_bytes)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def write(self, data: memoryview) -> int:
        """Send to the board as much as fits now; returns how many bytes."""
        with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            return self.serial.send(data)
        return 0

    def power_off(self) -> None:
        """End it at once: there is nothing in it worth saving."""
        self._child.kill()
        self._child.wait()
        self.serial.close()

    def how_it_ended(self) -> str:
        """Wait for a machine whose stream has ended, and say in words how it did."""
        try:
            code = self._child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.power_off()
            return "closed its serial port"
        if code < 0:
            return f"was ended by signal {-code} ({signal.Signals(-code).name})"
        return f"ended with exit code {code}"
