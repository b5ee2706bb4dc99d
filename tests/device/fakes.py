"""A device for tests: the real C command loop behind a socket, a pseudo-terminal or a TCP port; and bad lines to it."""

from __future__ import annotations

import os
import pty
import random
import select
import socket
import subprocess
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path

from mcu_toolkit.device import Link, Timing
from mcu_toolkit.errors import DeviceError

QUICK = Timing(boot_timeout_s=60.0, reply_timeout_s=60.0, invoke_timeout_s=60.0, retry_after_s=0.01)
"""For lines without a baud rate."""
PATIENT = Timing(boot_timeout_s=60.0, reply_timeout_s=60.0, invoke_timeout_s=60.0, retry_after_s=30.0)
"""For tests in which a busy machine must not cause a retry."""
HASTY = Timing(boot_timeout_s=0.3, reply_timeout_s=0.3, invoke_timeout_s=0.3, retry_after_s=0.05)
"""For devices that will not answer."""


class SocketLink:
    """One end of a socket as a Link."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self.name = "socket"
        self.bytes_per_s = 0.0

    def read(self, timeout_s: float) -> bytes:
        ready, _, _ = select.select([self._end], [], [], timeout_s)
        if not ready:
            return b""
        data = self._end.recv(4096)
        if not data:
            raise DeviceError("the port vanished while it was in use", on=self.name)
        return data

    def write(self, data: bytes) -> None:
        self._end.sendall(data)

    def close(self) -> None:
        self._end.close()


class FakeDevice:
    """Runs the fake device's program; `settings` are its environment variables (tests/firmware_c/fakes)."""

    def __init__(self, program: Path, **settings: int) -> None:
        self._program = program
        self._environment = {**os.environ, **{name: str(value) for name, value in settings.items()}}
        self._release: list[Callable[[], None]] = []
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> FakeDevice:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def socket_link(self) -> SocketLink:
        """Start behind a socket pair."""
        ours, theirs = socket.socketpair()
        self._release.append(ours.close)
        with theirs:
            self._start(theirs.fileno())
        return SocketLink(ours)

    def pty_path(self) -> str:
        """Start behind a pseudo-terminal; returns the path to open."""
        device_end, port_end = pty.openpty()
        tty.setraw(port_end)
        path = os.ttyname(port_end)
        self._start(device_end)
        os.close(device_end)
        # Held open, so that the terminal lives until the client opens it.
        self._release.append(lambda: os.close(port_end))
        return path

    def tcp_url(self) -> str:
        """Start when somebody connects; returns the pyserial URL."""
        server = socket.create_server(("127.0.0.1", 0))

        def serve() -> None:
            with server, server.accept()[0] as connection:
                self._start(connection.fileno())

        thread = threading.Thread(target=serve)
        thread.start()
        self._release.append(thread.join)
        return f"socket://127.0.0.1:{server.getsockname()[1]}"

    def stop(self) -> None:
        """End the program and release the port."""
        for release in self._release:
            release()
        self._release = []
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _start(self, descriptor: int) -> None:
        self.process = subprocess.Popen([self._program], stdin=descriptor, stdout=descriptor, env=self._environment)


class FaultyLink:
    """A bad line: in each direction it flips bits, drops and inserts bytes; it repeats writes, and cuts reads anywhere.

    Reads are not repeated: BOOT heard twice is a second restart, and no protocol without session numbers in events
    could tell.
    """

    def __init__(self, link: Link, seed: int, fault_rate: float) -> None:
        self._link = link
        self._random = random.Random(seed)
        self._fault_rate = fault_rate
        self._held = b""
        self.faults = 0
        self.name = "bad line"
        self.bytes_per_s = 0.0

    def read(self, timeout_s: float) -> bytes:
        if not self._held:
            self._held = self._damaged(self._link.read(timeout_s), repeat=False)
        cut = self._random.randint(1, len(self._held)) if self._held else 0
        data, self._held = self._held[:cut], self._held[cut:]
        return data

    def write(self, data: bytes) -> None:
        self._link.write(self._damaged(data, repeat=True))

    def close(self) -> None:
        self._link.close()

    def _damaged(self, data: bytes, *, repeat: bool) -> bytes:
        if not data or self._random.random() >= self._fault_rate:
            return data
        self.faults += 1
        at = self._random.randrange(len(data))
        to = min(len(data), at + self._random.randint(1, 20))
        return self._random.choice(
            (
                b"",
                data[:at] + data[to:],
                data[:at] + bytes((data[at] ^ 1 << self._random.randrange(8),)) + data[at + 1 :],
                data[:at] + self._random.randbytes(self._random.randint(1, 20)) + data[at:],
                data[:at] + b"\0" + data[at:],
                data + data if repeat else data[:at],
            )
        )


class SlowLink:
    """A line that takes everything at once and hands it on slowly, unlike what `bytes_per_s` says: an emulator on a busy machine."""

    def __init__(self, link: Link, true_bytes_per_s: float) -> None:
        self._link = link
        self._rate = true_bytes_per_s
        self._waiting = b""
        self._since_s = time.monotonic()
        self.name = "slow line"
        self.bytes_per_s = 0.0

    def read(self, timeout_s: float) -> bytes:
        deadline_s = time.monotonic() + timeout_s
        while True:
            self._hand_on()
            data = self._link.read(min(0.005, max(0.0, deadline_s - time.monotonic())))
            if data or time.monotonic() >= deadline_s:
                return data

    def write(self, data: bytes) -> None:
        self._hand_on()
        self._waiting += data

    def close(self) -> None:
        self._link.close()

    def _hand_on(self) -> None:
        now_s = time.monotonic()
        count = int((now_s - self._since_s) * self._rate)
        if count or not self._waiting:
            self._link.write(self._waiting[:count])
            self._waiting, self._since_s = self._waiting[count:], now_s


class OtherDevice:
    """Something behind a port that is not our firmware: `answer(received)` returns what it sends back."""

    def __init__(self, answer: Callable[[bytes], bytes], greeting: bytes = b"") -> None:
        self._answer = answer
        self._ours, self._theirs = socket.socketpair()
        self._theirs.sendall(greeting)
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> SocketLink:
        self._thread.start()
        return SocketLink(self._ours)

    def __exit__(self, *_: object) -> None:
        self._ours.close()
        self._thread.join()
        self._theirs.close()

    def _serve(self) -> None:
        try:
            while data := self._theirs.recv(4096):
                self._theirs.sendall(self._answer(data))
        except OSError:
            pass  # the client has closed its end
