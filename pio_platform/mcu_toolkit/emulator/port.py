# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A pseudo-terminal that stands in for a board's serial port."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import struct
import termios
import time
import tty
from pathlib import Path

CHUNK_BYTES = 16384


class Port:
    """Owns both ends, so that the port stays when a program closes it and nothing is echoed before one opens it."""

    def __init__(self, link: Path) -> None:
        self.handle, self._far = pty.openpty()
        for handle in (self.handle, self._far):
            tty.setraw(handle)
            os.set_blocking(handle, False)
        self.name = os.ttyname(self._far)
        self._link = link
        fresh = link.with_name(f".tty.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self.name)
        fresh.replace(link)

    def read(self) -> bytes:
        """What the other side wrote; empty if nothing."""
        with contextlib.suppress(BlockingIOError):
            return os.read(self.handle, CHUNK_BYTES)
        return b""

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Hand over as much as the kernel takes; returns how many bytes."""
        with contextlib.suppress(BlockingIOError):
            return os.write(self.handle, data)
        return 0

    def unread_bytes(self) -> int:
        """How much the other side could read now."""
        return int(struct.unpack("i", fcntl.ioctl(self._far, termios.FIONREAD, b"\0" * 4))[0])

    def discard(self) -> None:
        """Forget what is on its way in both directions.

        The kernel moves bytes to the far end's queue in the background: it is empty when it stays empty for a moment.
        """
        while self.read():
            pass
        empty = 0
        while empty < 3:
            termios.tcflush(self._far, termios.TCIFLUSH)
            time.sleep(0.001)
            empty = empty + 1 if self.unread_bytes() == 0 else 0

    def close(self) -> None:
        """Take the port away: whoever has it open sees it hang up."""
        with contextlib.suppress(OSError):
            if str(self._link.readlink()) == self.name:
                self._link.unlink()
        os.close(self.handle)
        os.close(self._far)
