"""Options of custom operators: FlexBuffers (flatbuffers.dev/flexbuffers), as much of the format as TFLM's operators need.

The content is a stranger's: every offset, size and width is checked, and what is wrong is None and not an exception.

    ... keys ... | keys vector: offset, width | size | values | types | root: offset, type, width
"""

from __future__ import annotations

from dataclasses import dataclass

INT, UINT, BOOL = 1, 2, 26
"""Types of elements that hold their value themselves."""
_MAP, _VECTOR, _TYPED_VECTORS = 9, 10, range(11, 16)
_WIDTHS = (1, 2, 4, 8)
_MAX_ELEMENTS = 64
"""More than any operator has options."""


@dataclass(frozen=True)
class FlexVector:
    """The vector or map at the root of a FlexBuffer."""

    values: tuple[int, ...]
    """As the signed 32-bit integers that TFLM reads there, whatever their types say."""
    types: tuple[int, ...]
    """One an element; empty for a typed vector."""
    keys: tuple[str, ...]
    """Of a map, in the order of its values; empty for vectors."""


def read_vector(content: bytes) -> FlexVector | None:
    """What is at the root of `content`; None where there is no whole vector or map of 1 to 64 elements.

    The last byte is the width of the root, the one before it its type (upper six bits) and the width of its elements (lower two).
    """
    if len(content) < 3:
        return None
    packed_type, root_bytes = content[-2], content[-1]
    kind, width = packed_type >> 2, 1 << (packed_type & 3)
    root = len(content) - 2 - root_bytes
    if root_bytes not in _WIDTHS or root < 0 or kind not in (_MAP, _VECTOR, *_TYPED_VECTORS):
        return None
    start = root - _unsigned(content, root, root_bytes)
    size = _unsigned(content, start - width, width) if start >= width else 0
    typed = kind in _TYPED_VECTORS
    end = start + size * width + (0 if typed else size)
    if not 1 <= size <= _MAX_ELEMENTS or end > root:
        return None
    keys = _keys(content, start, width, size) if kind == _MAP else ()
    if keys is None:
        return None
    places = range(start, start + size * width, width)
    values = tuple(_as_int32(int.from_bytes(content[at : at + width], "little", signed=True)) for at in places)
    types = () if typed else tuple(packed >> 2 for packed in content[end - size : end])
    return FlexVector(values, types, keys)


def _keys(content: bytes, start: int, width: int, size: int) -> tuple[str, ...] | None:
    """The keys of the map whose values begin at `start`."""
    at = start - 3 * width
    if at < 0:
        return None
    first, key_width = at - _unsigned(content, at, width), _unsigned(content, at + width, width)
    if key_width not in _WIDTHS or not 0 <= first <= at - size * key_width:
        return None
    found = []
    for place in range(first, first + size * key_width, key_width):
        begin = place - _unsigned(content, place, key_width)
        end = content.find(0, max(begin, 0), place)
        if begin < 0 or end < 0:
            return None
        found.append(content[begin:end].decode("utf-8", "replace"))
    return tuple(found)


def _unsigned(content: bytes, at: int, width: int) -> int:
    return int.from_bytes(content[at : at + width], "little")


def _as_int32(value: int) -> int:
    return (value + 2**31) % 2**32 - 2**31
