"""Decoding damaged streams: what must hold for any bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_toolkit.errors import ProtocolError
from mcu_toolkit.protocol import Frame, FrameDecoder, Noise, Text, encode_frame, max_frame_bytes

frames = st.builds(Frame, st.integers(0, 255), st.integers(0, 65535), st.binary(max_size=600))


def on_line(frame: Frame) -> bytes:
    return encode_frame(frame.type_id, frame.sequence, frame.payload)


@given(st.lists(frames, max_size=5), st.lists(st.integers(1, 40), min_size=1, max_size=50))
def test_any_cut_of_the_stream_gives_the_same_frames(sent: list[Frame], cuts: list[int]) -> None:
    stream = b"".join(on_line(frame) for frame in sent)
    decoder = FrameDecoder()
    items = []
    while stream:
        for cut in cuts:
            items += decoder.feed(stream[:cut])
            stream = stream[cut:]
    assert items == sent


@given(st.binary(max_size=300), frames)
def test_after_any_garbage_the_next_frame_is_understood(garbage: bytes, frame: Frame) -> None:
    items = FrameDecoder().feed(garbage + on_line(frame))
    assert items[-1] == frame


@given(frames, st.data())
def test_a_flipped_bit_is_never_taken_for_a_frame(frame: Frame, data: st.DataObject) -> None:
    stream = bytearray(on_line(frame))
    at = data.draw(st.integers(1, len(stream) - 2))
    stream[at] ^= 1 << data.draw(st.integers(0, 7))
    assert not any(isinstance(item, Frame) for item in FrameDecoder().feed(bytes(stream)))


@given(frames)
def test_no_frame_is_longer_than_max_frame_bytes(frame: Frame) -> None:
    assert len(on_line(frame)) <= max_frame_bytes(len(frame.payload))
    assert 0 not in on_line(frame)[1:-1]


@settings(max_examples=20)
@given(st.binary(min_size=1, max_size=50))
def test_memory_is_bounded_and_nothing_is_lost_without_a_word(chunk: bytes) -> None:
    decoder = FrameDecoder(max_payload_bytes=100)
    pieces = [piece for piece in (chunk * 100).split(b"\0") if piece]
    items = decoder.feed(chunk * 100 + b"\0")
    assert decoder.pending_bytes == 0
    reported = sum(len(item.data) if isinstance(item, Noise) else len(item.text.encode()) for item in items if not isinstance(item, Frame))
    assert reported == sum(map(len, pieces))


def test_pending_bytes_never_exceed_one_frame() -> None:
    decoder = FrameDecoder(max_payload_bytes=100)
    for _ in range(1000):
        decoder.feed(b"\x81" * 37)
        assert decoder.pending_bytes <= max_frame_bytes(100)


def test_the_end_of_an_endless_chunk_is_not_taken_for_a_frame() -> None:
    # A body that follows so much garbage without a delimiter is part of the garbage.
    decoder = FrameDecoder(max_payload_bytes=100)
    limit_bytes = max_frame_bytes(100)
    items = decoder.feed(b"\x81" * limit_bytes + encode_frame(1, 2, b"abc")[1:])
    assert not any(isinstance(item, Frame) for item in items)


def test_text_without_a_delimiter_can_be_taken_when_the_line_is_idle() -> None:
    decoder = FrameDecoder()
    assert decoder.feed(b"panic: out of memory\r\n") == []
    assert decoder.take_text() == [Text("panic: out of memory\r\n")]
    assert decoder.take_text() == []


def test_a_half_received_frame_is_not_taken_for_text() -> None:
    decoder = FrameDecoder()
    stream = encode_frame(0x8A, 1, b"\xff\xfe")
    decoder.feed(stream[:-3])
    assert decoder.take_text() == []
    assert decoder.feed(stream[-3:]) == [Frame(0x8A, 1, b"\xff\xfe")]


@pytest.mark.parametrize(("type_id", "sequence", "size"), [(256, 0, 0), (0, 65536, 0), (0, -1, 0), (0, 0, 65536)])
def test_what_does_not_fit_is_refused(type_id: int, sequence: int, size: int) -> None:
    with pytest.raises(ProtocolError):
        encode_frame(type_id, sequence, bytes(size))
