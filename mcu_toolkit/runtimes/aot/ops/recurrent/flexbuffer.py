"""As much of the FlexBuffer format as options of custom operators need (flatbuffers.dev/flexbuffers): bounds-checked, like everything."""

from __future__ import annotations

_MAP, _VECTOR, _TYPED_VECTORS = 9, 10, range(11, 16)


def first_integer(content: bytes) -> int | None:
    """The first value of the map or vector at the root, as the signed 32-bit integer that TFLM reads there; None where there is none.

    The last byte is the width of the root, the one before it its type (upper six bits) and the width of its elements (lower two).
    """
    if len(content) < 3:
        return None
    packed_type, root_bytes = content[-2], content[-1]
    kind, element_bytes = packed_type >> 2, 1 << (packed_type & 3)
    end = len(content) - 2
    root = end - root_bytes
    if root_bytes not in (1, 2, 4, 8) or root < 0 or kind not in (_MAP, _VECTOR, *_TYPED_VECTORS):
        return None
    start = root - int.from_bytes(content[root:end], "little")
    size_at = start - element_bytes
    if size_at < 0 or start + element_bytes > root or int.from_bytes(content[size_at:start], "little") < 1:
        return None
    value = int.from_bytes(content[start : start + element_bytes], "little", signed=True)
    return (value + 2**31) % 2**32 - 2**31
