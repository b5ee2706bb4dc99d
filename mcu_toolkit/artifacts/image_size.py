"""How large is a picture, from its first bytes?  A few kilobytes of PNG, JPEG or GIF can become gigabytes of pixels."""

from __future__ import annotations

import struct

_MAX_GIF_FRAMES = 1000
_JPEG_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""SOF0 to SOF15 without DHT, JPG and DAC (ITU-T T.81, table B.1)."""
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length: TEM and RST0 to RST7."""


def image_size(content: bytes) -> tuple[int, int]:
    """(width, height) that a PNG, JPEG, BMP or GIF file says it has; raises ValueError for anything else.

    For a GIF with frames the largest, because all of them are unpacked.
    """
    try:
        if content[:8] == b"\x89PNG\r\n\x1a\n" and content[12:16] == b"IHDR":
            width, height = struct.unpack_from(">II", content, 16)
        elif content[:2] == b"\xff\xd8":
            width, height = _jpeg_size(content)
        elif content[:6] in (b"GIF87a", b"GIF89a"):
            width, height = _gif_size(content)
        elif content[:2] == b"BM":
            width, height = struct.unpack_from("<ii", content, 18)
            height = abs(height)  # negative: the first row is the top one
        else:
            raise ValueError("not a PNG, JPEG, BMP or GIF file")
    except (struct.error, IndexError):
        raise ValueError("it ends before its size") from None
    if width <= 0 or height <= 0:
        raise ValueError(f"it says it has {width}x{height} pixels")
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int]:
    position = 2
    while True:
        if content[position] != 0xFF:
            raise ValueError("a JPEG file with a damaged header")
        marker = content[position + 1]
        if marker == 0xFF:  # padding
            position += 1
        elif marker in _JPEG_BARE:
            position += 2
        elif marker in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", content, position + 5)
            return width, height
        else:
            position += 2 + max(2, struct.unpack_from(">H", content, position + 2)[0])


def _gif_size(content: bytes) -> tuple[int, int]:
    width, height, flags = struct.unpack_from("<HHB", content, 6)
    position, frames = 13 + _colors_bytes(flags), 0
    while position < len(content) and content[position] != 0x3B:
        if content[position] == 0x2C:
            frames += 1
            left, top, across, down, flags = struct.unpack_from("<HHHHB", content, position + 1)
            width, height = max(width, left + across), max(height, top + down)
            position += 10 + _colors_bytes(flags) + 1
        elif content[position] == 0x21:
            position += 2
        else:
            raise ValueError("a GIF file with a damaged block")
        while content[position]:  # blocks of data, each led by its length
            position += 1 + content[position]
        position += 1
    if frames > _MAX_GIF_FRAMES:
        raise ValueError(f"a GIF file of {frames:,} frames")
    return width, height


def _colors_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0
