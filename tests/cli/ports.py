"""Serial ports with something at the other end that is not the firmware wanted.  Every one of them is a pseudo-terminal."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mcu_toolkit.protocol import Frame, FrameDecoder, encode_frame
from mcu_toolkit.protocol.ids import ErrorCode, RequestType
from mcu_toolkit.protocol.messages import ErrorReply

_POLL_S = 0.05

Answer = Callable[[bytes], bytes]
"""From what was received since the last call (perhaps nothing) to what to send."""


@contextmanager
def port_answering(answer: Answer) -> Iterator[str]:
    """A port behind which `answer` is asked again and again; yields its path."""
    device, host = pty.openpty()
    tty.setraw(host)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            ready, _, _ = select.select([device], [], [], _POLL_S)
            with contextlib.suppress(OSError):
                reply = answer(os.read(device, 4096) if ready else b"")
                if reply:
                    os.write(device, reply)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield os.ttyname(host)
    finally:
        stop.set()
        thread.join()
        os.close(device)
        os.close(host)


def silence(received: bytes) -> bytes:
    """Nothing, ever."""
    return b""


def arduino(received: bytes) -> bytes:
    """A sketch that prints, whatever one says to it."""
    return b"Hello from the blink sketch\r\n"


def speaking_version(version: int) -> Answer:
    """Our firmware with another version of the protocol: it refuses HELLO and names its own."""
    decoder = FrameDecoder()

    def answer(received: bytes) -> bytes:
        frames = [item for item in decoder.feed(received) if isinstance(item, Frame)]
        refusal = ErrorReply(RequestType.HELLO, ErrorCode.BAD_VERSION, version)
        return b"".join(encode_frame(0xFF, frame.sequence, refusal.pack()) for frame in frames)

    return answer
