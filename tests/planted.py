"""Faults planted in the image that an emulated board runs: single bits of constants, by the name of their symbol."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile

from mcu_toolkit.device import Emulator


@dataclass(frozen=True)
class Place:
    """An array of constants in an image."""

    symbol: str
    file_offset: int
    size_bytes: int
    bits: int = 0xFF
    """Which bits of each byte are meant."""


def constants_of(elf: Path, marker: str) -> tuple[Place, ...]:
    """Every object of the image with `marker` in its name that lies in the file."""
    with elf.open("rb") as stream:
        image = ELFFile(stream)
        segments = [segment for segment in image.iter_segments() if segment["p_type"] == "PT_LOAD"]
        places = []
        for symbol in image.get_section_by_name(".symtab").iter_symbols():
            if marker not in symbol.name or symbol["st_size"] == 0:
                continue
            for segment in segments:
                offset = symbol["st_value"] - segment["p_vaddr"]
                if 0 <= offset < segment["p_filesz"]:
                    places.append(Place(symbol.name, segment["p_offset"] + offset, symbol["st_size"]))
                    break
    return tuple(sorted(places, key=lambda place: place.symbol))


class FlashedImage:
    """The image a running emulator starts from; `plant` damages it, `heal` makes it as it was."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.path = next(path for path in sorted(emulator.folder.iterdir()) if path.suffix == ".elf")
        self._sound = self.path.read_bytes()

    def plant(self, file_offset: int, mask: int) -> None:
        """Flip the bits `mask` of one byte, and start the board anew."""
        content = bytearray(self._sound)
        content[file_offset] ^= mask
        self.path.write_bytes(content)
        self._emulator.reset()

    def overwrite(self, file_offset: int, data: bytes) -> None:
        """Put other bytes in place, and start the board anew."""
        self.path.write_bytes(self._sound[:file_offset] + data + self._sound[file_offset + len(data) :])
        self._emulator.reset()

    def heal(self) -> None:
        """Start the sound image."""
        self.path.write_bytes(self._sound)
        self._emulator.reset()


def draw(pick: random.Random, places: tuple[Place, ...]) -> tuple[Place, int, int]:
    """A place, the file offset of one of its bytes, and one bit of it."""
    place = pick.choice(places)
    bits = [1 << number for number in range(8) if place.bits >> number & 1]
    return place, place.file_offset + pick.randrange(place.size_bytes), pick.choice(bits)
