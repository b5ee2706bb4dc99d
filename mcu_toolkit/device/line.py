"""Frames over a Link: what is no frame is shown (text), counted (noise) and remembered for messages."""

from __future__ import annotations

import dataclasses
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from mcu_toolkit.device.link import Link
from mcu_toolkit.device.records import Counters
from mcu_toolkit.errors import NoReplyError
from mcu_toolkit.protocol import Frame, FrameDecoder, Noise, Text
from mcu_toolkit.protocol.framing import Item

_FIRST_BYTES: Final = 32
_LAST_LINES: Final = 5
_LAST_DAMAGED: Final = 8
_HEARD_BYTES_MAX: Final = 1 << 16


class FrameLine:
    """Wraps a Link; keeps counters, the first bytes ever seen and the last lines of text."""

    def __init__(self, link: Link, on_text: Callable[[str], None] | None) -> None:
        self._link = link
        self._on_text = on_text
        self._decoder = FrameDecoder()
        self._last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self.damaged: deque[bytes] = deque(maxlen=_LAST_DAMAGED)
        """The last pieces that were neither frames nor text."""
        self.counters = Counters()
        self.first_bytes = b""
        """What came first since `forget`, for messages."""
        self.received_bytes = 0
        """Since `forget`."""

    @property
    def name(self) -> str:
        """The port, as in messages."""
        return self._link.name

    @property
    def bytes_per_s(self) -> float:
        """See Link."""
        return self._link.bytes_per_s

    def set_baud(self, baud: int) -> bool:
        """Speak at another rate from now on, what was received by half forgotten; False where the link has none."""
        change = getattr(self._link, "set_baud", None)
        if change is None:
            return False
        change(baud)
        self._decoder = FrameDecoder()
        return True

    def count(self, **increments: int) -> None:
        """Add to the counters."""
        changed = {name: getattr(self.counters, name) + by for name, by in increments.items()}
        self.counters = dataclasses.replace(self.counters, **changed)

    def forget(self) -> None:
        """Start a new account of what is received."""
        self.first_bytes = b""
        self.received_bytes = 0

    def write(self, data: bytes) -> None:
        """Send bytes."""
        self._link.write(data)

    def receive(self, timeout_s: float) -> list[Frame]:
        """The frames that arrive; waits up to `timeout_s` for the first byte, and may return none."""
        data = self._link.read(timeout_s)
        self.received_bytes += len(data)
        self.first_bytes += data[: _FIRST_BYTES - len(self.first_bytes)]
        return self._sort(self._decoder.feed(data))

    def listen(self, timeout_s: float) -> bytes:
        """What arrives, as it is; waits up to `timeout_s` for the first byte."""
        return self._link.read(timeout_s)

    def converse(self, data: bytes, listen_s: float) -> bytes:
        """Send bytes that are no frame; returns whatever comes back within `listen_s`."""
        self._link.write(data)
        deadline_s = time.monotonic() + listen_s
        heard = b""
        while (left_s := deadline_s - time.monotonic()) > 0 and len(heard) < _HEARD_BYTES_MAX:
            heard += self._link.read(left_s)
        return heard

    def take_idle_text(self) -> None:
        """Show text that no delimiter has ended; call it when the line has been silent for a while."""
        self._sort(self._decoder.take_text())

    def no_reply(self, what: str) -> NoReplyError:
        """An error, to be raised, with the last lines the device printed."""
        said = "".join(f"\n  the device printed: {line}" for line in self._last_lines)
        hint = "reset the board; if it happens again, the firmware hangs or crashes there"
        return NoReplyError(what + said, on=self.name, hint=hint)

    def close(self) -> None:
        """Close the Link."""
        self._link.close()

    def _sort(self, items: Iterable[Item]) -> list[Frame]:
        frames = []
        for item in items:
            if isinstance(item, Frame):
                frames.append(item)
            elif isinstance(item, Text):
                self._show(item)
            elif isinstance(item, Noise):
                self.damaged.append(item.data)
                self.count(noise_chunks=1, noise_bytes=len(item.data))
        return frames

    def _show(self, item: Text) -> None:
        for line in filter(str.strip, item.text.splitlines()):
            self.count(text_lines=1)
            self._last_lines.append(line)
            if self._on_text is not None:
                self._on_text(line)
