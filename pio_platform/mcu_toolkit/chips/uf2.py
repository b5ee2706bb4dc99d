# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""UF2, the format of files that are copied onto a board's USB drive (specification: github.com/microsoft/uf2).

A file is blocks of 512 bytes, each with the address of the bytes it holds, so that they may arrive in any order.
Standard library only.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

BLOCK_BYTES = 512
PAGE_BYTES = 256
"""Of the flash that a block holds: what the RP2040's boot ROM takes (its datasheet, 2.8.4.2)."""
RP2040_FAMILY = 0xE48BFF56
"""Whose image it is, so that no other chip takes it; in the specification's list of families."""

_MAGIC_1, _MAGIC_2, _MAGIC_END = 0x0A324655, 0x9E5D5157, 0x0AB16F30
_FAMILY_IS_GIVEN = 0x2000
_DATA_BYTES = 476
_ERASED = b"\xff"


def to_uf2(parts: Mapping[int, bytes], family: int) -> bytes:
    """The file that puts `parts`, bytes by their address, into flash; what no part has of a page is 0xFF, as after erasing.

    Raises ValueError where two parts overlap.
    """
    pages = _pages(parts)
    return b"".join(_block(address, pages[address], number, len(pages), family) for number, address in enumerate(sorted(pages)))


def _pages(parts: Mapping[int, bytes]) -> dict[int, bytearray]:
    """Whole pages by their address."""
    pages: dict[int, bytearray] = {}
    end = -1
    for start, content in sorted(parts.items()):
        if start < end:
            raise ValueError(f"two parts have bytes for address 0x{start:08x}")
        end = start + len(content)
        position = 0
        while position < len(content):
            page, offset = divmod(start + position, PAGE_BYTES)
            piece = content[position : position + PAGE_BYTES - offset]
            target = pages.setdefault(page * PAGE_BYTES, bytearray(_ERASED * PAGE_BYTES))
            target[offset : offset + len(piece)] = piece
            position += len(piece)
    return pages


def _block(address: int, page: bytes | bytearray, number: int, count: int, family: int) -> bytes:
    head = struct.pack("<8I", _MAGIC_1, _MAGIC_2, _FAMILY_IS_GIVEN, address, PAGE_BYTES, number, count, family)
    return head + bytes(page).ljust(_DATA_BYTES, b"\0") + struct.pack("<I", _MAGIC_END)
