"""Lines that lie, for tests: byte by byte damaged, paced like a UART, with a board that is reset in mid-run."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable

from mcu_toolkit.device import Link


class LyingLink:
    """Each byte, in each direction, is with probability `byte_fault_rate` dropped, flipped or preceded by another; reads are cut
    anywhere, a few are late.  `reset` is called after so many reads as `reset_after` says, each once."""

    def __init__(
        self, link: Link, seed: int, byte_fault_rate: float, *, reset: Callable[[], None] | None = None, reset_after: tuple[int, ...] = ()
    ) -> None:
        self._link = link
        self._random = random.Random(seed)
        self._rate = byte_fault_rate
        self._reset = reset
        self._reset_after = deque(sorted(reset_after))
        self._held = b""
        self._reads = 0
        self.faults = 0
        self.name = "lying line"

    @property
    def bytes_per_s(self) -> float:
        return self._link.bytes_per_s

    def read(self, timeout_s: float) -> bytes:
        self._reads += 1
        if self._reset is not None and self._reset_after and self._reads >= self._reset_after[0]:
            self._reset_after.popleft()
            self._reset()
        if not self._held:
            self._held = self._damaged(self._link.read(timeout_s))
            if self._rate and self._random.random() < 0.002:
                time.sleep(0.005)
        cut = self._random.randint(1, len(self._held)) if self._held else 0
        data, self._held = self._held[:cut], self._held[cut:]
        return data

    def write(self, data: bytes) -> None:
        self._link.write(self._damaged(data))

    def close(self) -> None:
        self._link.close()

    def _damaged(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            if self._rate == 0 or self._random.random() >= self._rate:
                out.append(byte)
                continue
            self.faults += 1
            kind = self._random.randrange(3)
            if kind == 1:
                out.append(byte ^ 1 << self._random.randrange(8))
            elif kind == 2:
                out += bytes((self._random.randrange(256), byte))
        return bytes(out)


class PacedLink:
    """A line of so many bytes a second in each direction, as a UART has; nothing is lost."""

    def __init__(self, link: Link, bytes_per_s: float) -> None:
        self._link = link
        self.name = "paced line"
        self.bytes_per_s = bytes_per_s
        self._sending: deque[tuple[float, bytes]] = deque()
        self._receiving: deque[tuple[float, bytes]] = deque()
        self._sent_s = self._received_s = 0.0

    def write(self, data: bytes) -> None:
        self._sent_s = max(self._sent_s, time.monotonic()) + len(data) / self.bytes_per_s
        self._sending.append((self._sent_s, data))
        self._pump(0.0)

    def read(self, timeout_s: float) -> bytes:
        deadline_s = time.monotonic() + timeout_s
        while True:
            self._pump(min(0.001, max(0.0, deadline_s - time.monotonic())))
            if self._receiving and self._receiving[0][0] <= time.monotonic():
                return self._receiving.popleft()[1]
            if time.monotonic() >= deadline_s:
                return b""

    def close(self) -> None:
        self._link.close()

    def _pump(self, wait_s: float) -> None:
        while self._sending and self._sending[0][0] <= time.monotonic():
            self._link.write(self._sending.popleft()[1])
        data = self._link.read(wait_s)
        if data:
            self._received_s = max(self._received_s, time.monotonic()) + len(data) / self.bytes_per_s
            self._receiving.append((self._received_s, data))
