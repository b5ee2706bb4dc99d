"""What of a linked image goes into flash: addresses and bytes, as every tool that takes ELF files writes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from elftools.common.exceptions import ELFError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

from mcu_toolkit.boards import Board
from mcu_toolkit.errors import InputError

_ERASED: Final = b"\xff"
"""What flash holds where nothing was written."""


@dataclass(frozen=True)
class FlashPiece:
    """Bytes at an address."""

    address: int
    data: bytes

    @property
    def end(self) -> int:
        """The address behind the last byte."""
        return self.address + len(self.data)


def pieces_of(elf: Path, board: Board) -> tuple[FlashPiece, ...]:
    """The sections of `elf` that are stored, at the addresses they are loaded from, in ascending order.

    Raises InputError where it is no ELF file, stores nothing, or stores something outside of the board's flash: a tool would
    write it somewhere else.
    """
    try:
        with elf.open("rb") as stream:
            found = sorted(_stored(ELFFile(stream)), key=lambda piece: piece.address)
    except (ELFError, OSError) as error:
        raise InputError(f"not a readable ELF file: {error}", on=elf, expected="a linked firmware image") from None
    start, end = board.flash.origin, board.flash.origin + board.flash.length_bytes
    outside = [piece for piece in found if piece.address < start or piece.end > end]
    if outside or not found:
        what = f"stores {len(outside[0].data):,} bytes at {outside[0].address:#010x}" if outside else "stores nothing"
        raise InputError(f"the image {what}", on=elf, expected=f"all of it in flash, {start:#010x} to {end:#010x} on {board.id}")
    return tuple(found)


def flat(pieces: tuple[FlashPiece, ...]) -> FlashPiece:
    """One piece from the first address to the last, what lies between as erased flash."""
    start = pieces[0].address
    data = bytearray(_ERASED * (max(piece.end for piece in pieces) - start))
    for piece in pieces:
        data[piece.address - start : piece.end - start] = piece.data
    return FlashPiece(start, bytes(data))


def _stored(image: Any) -> list[FlashPiece]:
    segments = [segment for segment in image.iter_segments("PT_LOAD") if segment["p_filesz"]]
    found = []
    for section in image.iter_sections():
        if not section["sh_flags"] & SH_FLAGS.SHF_ALLOC or section["sh_type"] == "SHT_NOBITS" or not section["sh_size"]:
            continue
        offset = section["sh_offset"]
        segment = next((one for one in segments if one["p_offset"] <= offset < one["p_offset"] + one["p_filesz"]), None)
        if segment is not None:
            found.append(FlashPiece(segment["p_paddr"] + offset - segment["p_offset"], section.data()))
    return found
