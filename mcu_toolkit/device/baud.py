"""Finds out whether a board that does not answer uses another baud rate."""

from __future__ import annotations

import time
from typing import Final

from mcu_toolkit.device.line import FrameLine
from mcu_toolkit.protocol.ids import ERROR_TYPE, REPLY_BIT, RequestType

USUAL_RATES: Final = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
_LISTEN_S: Final = 0.25
"""For each rate: a reply to HELLO takes 0.15 s at 9600 baud."""


def other_baud(line: FrameLine, hello: bytes) -> int | None:
    """The usual rate at which `hello` is answered by a frame of ours, None if there is none; the line has its own rate again afterwards."""
    own = round(line.bytes_per_s * 10)
    found = None
    for rate in USUAL_RATES:
        if rate == own or not own or not line.set_baud(rate):
            continue
        if _answers(line, hello):
            found = rate
            break
    if own:
        line.set_baud(own)
    return found


def _answers(line: FrameLine, hello: bytes) -> bool:
    # First a delimiter: what the board took for bytes at the wrong rate ends there.
    line.write(b"\0" + hello)
    deadline_s = time.monotonic() + _LISTEN_S
    while (left_s := deadline_s - time.monotonic()) > 0:
        if any(frame.type_id in (RequestType.HELLO | REPLY_BIT, ERROR_TYPE) for frame in line.receive(left_s)):
            return True
    return False
