"""A small FlatBuffers reader that trusts nothing: every offset, count and size is checked before it is used.

The layout (FlatBuffers "Internals" page): all little-endian.  A table starts with a signed 32-bit distance back to its
vtable; the vtable holds its own size, the table's size and one 16-bit offset a field (0: absent, use the default).
References are unsigned 32-bit distances forwards, so a file cannot refer in circles; what it can do is refer to the
same object very often or let objects overlap.  The budget stops the first, `check_overlaps` refuses the second.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import InputError, UnsupportedModelError

MAX_FILE_BYTES = 1 << 30
"""A larger file is refused: no microcontroller holds it, and it would only fill the host's memory."""
MAX_OBJECTS = 1_000_000
"""Tables, strings and vector elements decoded for one file.  The largest language models have about 30,000 tensors."""
MAX_STRING_BYTES = 65_536

_WIDTHS_BYTES = {"?": 1, "b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "f": 4, "q": 8, "Q": 8, "d": 8}


class Source:
    """The bytes of one file, with the work and the regions that reading it has used so far."""

    def __init__(self, content: bytes, on: object) -> None:
        if len(content) > MAX_FILE_BYTES:
            raise UnsupportedModelError(f"file of {len(content):,} bytes", on=on, expected=f"at most {MAX_FILE_BYTES:,} bytes")
        self.content = content
        self.on = on
        self._objects = 0
        self._regions: dict[int, tuple[int, str]] = {}

    def damaged(self, what: str) -> InputError:
        """The error for a file that breaks the format's rules."""
        return InputError(
            f"damaged model file: {what}", on=self.on, expected="an intact .tflite file", hint="copy or convert the model again"
        )

    def scalar(self, position: int, code: str) -> Any:
        """The number with struct code `code` at `position`; InputError outside of the file."""
        if position < 0 or position + _WIDTHS_BYTES[code] > len(self.content):
            raise self.damaged(f"a value at byte {position:,} lies outside of the file of {len(self.content):,} bytes")
        return struct.unpack_from("<" + code, self.content, position)[0]

    def target(self, position: int) -> int:
        """Where the reference stored at `position` points; always forwards."""
        distance: int = self.scalar(position, "I")
        if distance == 0 or position + distance > len(self.content) - 4:
            raise self.damaged(f"the reference at byte {position:,} points outside of the file")
        return position + distance

    def charge(self, objects: int) -> None:
        """Count decoded objects against the budget."""
        self._objects += objects
        if self._objects > MAX_OBJECTS:
            raise self.damaged(f"more than {MAX_OBJECTS:,} objects")

    def claim(self, start: int, end: int, kind: str) -> None:
        """Note that `kind` occupies bytes [start, end); sharing a whole object is fine, sharing a part is not."""
        if start < 0 or end > len(self.content):
            raise self.damaged(f"a {kind} at byte {start:,} ends outside of the file")
        known = self._regions.setdefault(start, (end, kind))
        if known != (end, kind):
            raise self.damaged(f"a {kind} and a {known[1]} overlap at byte {start:,}")

    def check_overlaps(self) -> None:
        """Raise InputError where two objects read so far share only a part of their bytes."""
        last_end, last_kind = 8, "file header"
        for start, (end, kind) in sorted(self._regions.items()):
            if start < last_end:
                raise self.damaged(f"a {kind} and a {last_kind} overlap at byte {start:,}")
            last_end, last_kind = end, kind

    def vector_span(self, position: int, element_bytes: int, kind: str) -> tuple[int, int]:
        """Start and element count of the vector at `position`, its whole extent checked and claimed."""
        count: int = self.scalar(position, "I")
        end = position + 4 + count * element_bytes
        if end > len(self.content):
            raise self.damaged(f"a {kind} at byte {position:,} claims {count:,} elements, more than the file holds")
        self.claim(position, end, kind)
        return position + 4, count


class Table:
    """One table of the file.  Fields are asked for by their number in the schema; an absent field gives the default."""

    def __init__(self, source: Source, position: int, kind: str) -> None:
        source.charge(1)
        self.source = source
        self.kind = kind
        self._position = position
        self._vtable = position - source.scalar(position, "i")
        self._vtable_bytes: int = source.scalar(self._vtable, "H")
        self._size_bytes: int = source.scalar(self._vtable + 2, "H")
        if self._vtable_bytes < 4 or self._vtable_bytes % 2 or self._size_bytes < 4:
            raise source.damaged(f"the {kind} table at byte {position:,} has an invalid vtable")
        source.claim(self._vtable, self._vtable + self._vtable_bytes, "vtable")
        source.claim(position, position + 4, f"{kind} table")  # not its whole size: flatc's C++ builder overstates it by up to 2 bytes

    @classmethod
    def root(cls, source: Source, kind: str) -> Table:
        """The table that the file's first four bytes refer to."""
        return cls(source, source.target(0), kind)

    def _field(self, number: int, width_bytes: int) -> int | None:
        entry = 4 + 2 * number
        if entry + 2 > self._vtable_bytes:
            return None
        offset: int = self.source.scalar(self._vtable + entry, "H")
        if offset == 0:
            return None
        if offset < 4 or offset + width_bytes > self._size_bytes:
            raise self.source.damaged(f"field {number} of the {self.kind} table at byte {self._position:,} lies outside of the table")
        position = self._position + offset
        self.source.claim(position, position + width_bytes, f"{width_bytes}-byte field")
        return position

    @property
    def field_count(self) -> int:
        """How many fields its vtable has room for: those of the schema its writer knew."""
        return (self._vtable_bytes - 4) // 2

    def reference(self, number: int) -> int:
        """Where the reference in a field leads, whatever is there; 0 where the field is absent."""
        position = self._field(number, 4)
        return 0 if position is None else self.source.target(position)

    def references(self, number: int, *, max_elements: int, kind: str = "sub-") -> list[int]:
        """Where the references of a vector of tables lead; empty where absent."""
        position = self._field(number, 4)
        if position is None:
            return []
        start, count = self.source.vector_span(self.source.target(position), 4, "vector")
        if count > max_elements:
            raise self.source.damaged(f"{count:,} {kind} tables, more than the {max_elements:,} that make sense")
        return [self.source.target(start + 4 * index) for index in range(count)]

    def has(self, number: int) -> bool:
        """True where the field is stored."""
        return self._field(number, 1) is not None

    def scalar(self, number: int, code: str, default: Any = 0) -> Any:
        """A number or bool, by its struct code (`?bBhHiIfqQd`)."""
        position = self._field(number, _WIDTHS_BYTES[code])
        if position is None:
            return default
        if code == "?":  # any non-zero byte is true, as in C
            return self.source.scalar(position, "B") != 0
        return self.source.scalar(position, code)

    def table(self, number: int, kind: str) -> Table | None:
        """A sub-table, or None where absent."""
        position = self._field(number, 4)
        return None if position is None else Table(self.source, self.source.target(position), kind)

    def text(self, number: int) -> str:
        """A string, or "" where absent; characters that do not print are replaced, so that it is safe to show."""
        position = self._field(number, 4)
        if position is None:
            return ""
        self.source.charge(1)
        start, count = self.source.vector_span(self.source.target(position), 1, "string")
        if count > MAX_STRING_BYTES:
            raise self.source.damaged(f"a string of {count:,} bytes in a {self.kind} table")
        decoded = self.source.content[start : start + count].decode("utf-8", errors="replace")
        return "".join(letter if letter.isprintable() else "?" for letter in decoded)

    def array(self, number: int, dtype: str, *, max_elements: int | None = None) -> npt.NDArray[Any] | None:
        """A vector of numbers as a read-only array of one dimension that shares the file's bytes, or None where absent.

        `max_elements` counts the elements against the budget; without it (raw data) they cost nothing to decode.
        """
        position = self._field(number, 4)
        if position is None:
            return None
        element = np.dtype(dtype)
        start, count = self.source.vector_span(self.source.target(position), element.itemsize, "vector")
        if max_elements is not None:
            if count > max_elements:
                raise self.source.damaged(
                    f"field {number} of a {self.kind} table has {count:,} elements, more than the {max_elements:,} that make sense"
                )
            self.source.charge(count)
        return np.frombuffer(self.source.content, dtype=element, count=count, offset=start)

    def tables(self, number: int, kind: str, *, max_elements: int) -> tuple[Table, ...]:
        """A vector of tables; empty where absent."""
        return tuple(Table(self.source, position, kind) for position in self.references(number, max_elements=max_elements, kind=kind))
