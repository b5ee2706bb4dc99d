"""Whatever a device sends: bytes become frames, text or noise, payloads a message or a ProtocolError."""

from __future__ import annotations

import random

import pytest

from mcu_toolkit.errors import ProtocolError
from mcu_toolkit.protocol import Frame, FrameDecoder, Message, encode_frame, max_frame_bytes
from mcu_toolkit.protocol.messages import EVENTS, REQUESTS
from tests.fuzzing import Fuzzing

KINDS: tuple[type[Message], ...] = (*REQUESTS, *{request.reply_class for request in REQUESTS}, *EVENTS)
MAX_PAYLOAD_BYTES = 512


def stream(chance: random.Random) -> bytes:
    """Frames with payloads of any bytes, and what a bad line makes of some of them."""
    frames = [encode_frame(chance.randrange(256), chance.randrange(65536), chance.randbytes(chance.randrange(80))) for _ in range(8)]
    data = bytearray(b"".join(frames))
    for _ in range(chance.choice((0, 1, 3, 10))):
        at = chance.randrange(len(data))
        kind = chance.randrange(3)
        if kind == 0:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del data[at : at + chance.randrange(1, 30)]
        else:
            data[at:at] = chance.randbytes(chance.randrange(1, 2000))
        data = data or bytearray(1)
    return bytes(data)


def read_messages(payload: bytes) -> int:
    """How many kinds of message `payload` is; what was read of each is what is read again once it was written."""
    read = 0
    for kind in KINDS:
        try:
            message = kind.unpack(payload)
        except ProtocolError:
            continue
        read += 1
        written = message.pack()  # not `payload`, where that has broken UTF-8
        assert kind.unpack(written).pack() == written, (kind, payload)
    return read


def read_streams(count: int, seed: int) -> tuple[int, int]:
    """(frames, messages) found in `count` streams."""
    chance = random.Random(seed)
    frames = messages = 0
    for _ in range(count):
        decoder, data = FrameDecoder(MAX_PAYLOAD_BYTES), stream(chance)
        while data:
            cut = chance.randrange(1, 200)
            items = decoder.feed(data[:cut])
            data = data[cut:]
            assert decoder.pending_bytes <= max_frame_bytes(MAX_PAYLOAD_BYTES)
            for frame in (item for item in items if isinstance(item, Frame)):
                frames += 1
                messages += read_messages(frame.payload)
    return frames, messages


def test_damaged_streams_and_payloads_are_read_or_refused() -> None:
    frames, messages = read_streams(100, seed=1)
    assert frames > 200
    assert messages > 100


@pytest.mark.fuzz
def test_any_stream_and_payload_is_read_or_refused(fuzzing: Fuzzing) -> None:
    for seed in fuzzing.seeds():
        fuzzing.cases += read_streams(200, seed)[0]
