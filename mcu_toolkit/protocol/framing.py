"""Frames on the line: COBS between zeros, CRC-32 inside.  Pure: no IO, no clocks.

    frame = 0x00  COBS(type u8 | sequence u16 | payload | crc32 u32)  0x00

`FrameDecoder` turns a byte stream, cut anywhere and damaged anyhow, into frames, device text and noise.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

from cobs import cobs

from mcu_toolkit.errors import ProtocolError

DELIMITER: Final = b"\x00"
HEADER_BYTES: Final = 3
CRC_BYTES: Final = 4
MIN_BODY_BYTES: Final = HEADER_BYTES + CRC_BYTES
COBS_RUN_BYTES: Final = 254
"""COBS adds one byte for each started run of so many bytes without a zero."""
MAX_PAYLOAD_BYTES: Final = 0xFFFF
"""What HELLO's `max_payload_bytes` can express; a decoder keeps no more than one such frame."""


@dataclass(frozen=True)
class Frame:
    """A frame whose CRC was right."""

    type_id: int
    sequence: int
    payload: bytes


@dataclass(frozen=True)
class Text:
    """Printable bytes between two delimiters: what the firmware's own `printf` or a boot loader said."""

    text: str


@dataclass(frozen=True)
class Noise:
    """Bytes between two delimiters that are neither a frame nor text: a damaged frame, or another protocol."""

    data: bytes


Item = Frame | Text | Noise


def max_frame_bytes(payload_bytes: int) -> int:
    """The most bytes a frame with so much payload takes on the line, both delimiters included."""
    body_bytes = MIN_BODY_BYTES + payload_bytes
    return 2 + 1 + body_bytes // COBS_RUN_BYTES + body_bytes


def encode_frame(type_id: int, sequence: int, payload: bytes = b"") -> bytes:
    """The bytes of one frame, both delimiters included.  Raises ProtocolError if a value does not fit its field."""
    if not (0 <= type_id <= 0xFF and 0 <= sequence <= 0xFFFF and len(payload) <= MAX_PAYLOAD_BYTES):
        raise ProtocolError(
            f"frame of type {type_id}, sequence {sequence}, {len(payload)} bytes cannot be encoded", expected="u8, u16, 65535"
        )
    head = bytes((type_id,)) + sequence.to_bytes(2, "little") + payload
    body = head + zlib.crc32(head).to_bytes(CRC_BYTES, "little")
    return DELIMITER + bytes(cobs.encode(body)) + DELIMITER


def decode_body(chunk: bytes) -> Frame | None:
    """The frame in the bytes between two delimiters, or None if they are not a whole and undamaged one."""
    try:
        body = bytes(cobs.decode(chunk))
    except cobs.DecodeError:
        return None
    if len(body) < MIN_BODY_BYTES or zlib.crc32(body[:-CRC_BYTES]) != int.from_bytes(body[-CRC_BYTES:], "little"):
        return None
    return Frame(body[0], int.from_bytes(body[1:HEADER_BYTES], "little"), body[HEADER_BYTES:-CRC_BYTES])


class FrameDecoder:
    """Cuts a stream at its zeros.  Keeps at most one largest frame, whatever comes in; in step again after every zero."""

    def __init__(self, max_payload_bytes: int = MAX_PAYLOAD_BYTES) -> None:
        self._limit_bytes = max_frame_bytes(max_payload_bytes)
        self._pending = bytearray()
        self._too_long = False

    @property
    def pending_bytes(self) -> int:
        """Bytes received since the last delimiter and not yet judged."""
        return len(self._pending)

    def feed(self, data: bytes) -> list[Item]:
        """Everything that `data` completes, in order."""
        items: list[Item] = []
        *ended, rest = data.split(DELIMITER)
        for chunk in ended:
            self._append(chunk, items)
            self._end(items)
        self._append(rest, items)
        return items

    def take_text(self) -> list[Item]:
        """What is pending, if it is printable: for a silent line, where no delimiter may ever end it.

        A frame that is still arriving could be printable by chance; call this only when the line has been idle.
        """
        text = _printable(bytes(self._pending))
        if text is None or not self._pending:
            return []
        self._pending.clear()
        return [Text(text)]

    def _append(self, chunk: bytes, items: list[Item]) -> None:
        while len(self._pending) + len(chunk) > self._limit_bytes:
            room = self._limit_bytes - len(self._pending)
            self._pending += chunk[:room]
            chunk = chunk[room:]
            items.append(_judge(bytes(self._pending)))
            self._pending.clear()
            self._too_long = True
        self._pending += chunk

    def _end(self, items: list[Item]) -> None:
        chunk = bytes(self._pending)
        frame = None if self._too_long else decode_body(chunk)
        if chunk:
            items.append(frame or _judge(chunk))
        self._pending.clear()
        self._too_long = False


def _judge(chunk: bytes) -> Text | Noise:
    text = _printable(chunk)
    return Noise(chunk) if text is None else Text(text)


def _printable(chunk: bytes) -> str | None:
    try:
        text = chunk.decode("utf-8")
    except UnicodeDecodeError:
        return None
    # ESC: vendors' boot loaders colour their text.
    return text if all(character.isprintable() or character in "\t\r\n\x1b" for character in text) else None
