"""Writes a FlatBuffer from its front to its end: references point forwards, so each is patched once its target is there.

Only what .tflite files need: tables whose stored fields take four bytes each (a smaller number lies in the first bytes of
its four, as little-endian numbers do), vectors, and data with an alignment of its own.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence


class FlatBufferWriter:
    """The bytes that were written so far."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, data: bytes, alignment_bytes: int = 4) -> int:
        """Append `data` aligned; returns its position."""
        self._bytes += bytes(-len(self._bytes) % alignment_bytes)
        position = len(self._bytes)
        self._bytes += data
        return position

    def table(self, fields: Sequence[int]) -> tuple[int, dict[int, int]]:
        """A table that stores `fields`, ascending, each of four bytes; returns its position and those of its fields."""
        entries = [4 + 4 * fields.index(number) if number in fields else 0 for number in range(max(fields, default=-1) + 1)]
        vtable = self.add(struct.pack(f"<HH{len(entries)}H", 4 + 2 * len(entries), 4 + 4 * len(fields), *entries))
        position = self.add(bytes(4 + 4 * len(fields)))
        self.patch(position, position - vtable)
        return position, {number: position + 4 + 4 * index for index, number in enumerate(fields)}

    def references(self, count: int) -> int:
        """A vector of `count` references, to be patched with `refer`; the first one lies four bytes behind the returned position."""
        return self.add(struct.pack("<I", count) + bytes(4 * count))

    def data(self, content: bytes, *, count: int | None = None, terminator: bytes = b"", alignment_bytes: int = 4) -> int:
        """A vector of `count` elements (of bytes, if not given) whose first element is aligned."""
        self._bytes += bytes(-(len(self._bytes) + 4) % alignment_bytes)
        return self.add(struct.pack("<I", len(content) if count is None else count) + content + terminator)

    def text(self, text: str) -> int:
        """A string."""
        return self.data(text.encode(), terminator=b"\0")

    def patch(self, position: int, value: int) -> None:
        """Write an unsigned 32-bit number."""
        struct.pack_into("<I", self._bytes, position, value)

    def refer(self, position: int, target: int) -> None:
        """Write the reference at `position` to `target`."""
        self.patch(position, target - position)

    def close(self, alignment_bytes: int) -> int:
        """Fill up to a multiple of `alignment_bytes`; returns the length."""
        self._bytes += bytes(-len(self._bytes) % alignment_bytes)
        return len(self._bytes)

    def content(self) -> bytes:
        """Everything."""
        return bytes(self._bytes)
