"""What a linked image is made of: the linker's map says which piece came from where, the ELF file which memory it lies in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

from mcu_toolkit.artifacts.firmware import ImagePart, Memory
from mcu_toolkit.build.footprint import is_arena, is_weights
from mcu_toolkit.errors import InputError
from mcu_toolkit.system.files import read_bytes

_PIECE = re.compile(r"^ ([.\w$-]\S*)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S.*)$")
"""An input section in GNU ld's map: name, address, bytes, object file."""
_NAME_ALONE = re.compile(r"^ ([.\w$-]\S*)$")
"""A name so long that the rest of its line follows on the next one."""
_C_LIBRARIES = re.compile(r"(?:^|/)lib(?:c|m|g|gcc|nosys|rdimon|stdc\+\+|supc\+\+|c_nano|semihost|clang_rt\S*)(?:_nano)?\.a\(")
_SECTION = re.compile(r"^\.(?:text|rodata|data|bss|noinit|srodata|sdata|sbss|progmem|literal|iram\d*|dram\d*)\b\.?")
_MAX_PARTS = 1500
_COMPILER = re.compile(r"/gcc/([A-Za-z0-9_.+-]+)/(\d+(?:\.\d+)*)/")
"""Where GCC keeps the libraries of a target and version."""


@dataclass(frozen=True)
class _Region:
    """A section of the ELF file that takes memory on the board."""

    name: str
    start: int
    size_bytes: int
    memories: tuple[Memory, ...]


@dataclass(frozen=True)
class Piece:
    """An input section that the image has."""

    output: str
    """The section of the ELF file that it is in."""
    section: str
    origin: str
    """The object file, or `library.a(member.o)`."""
    size_bytes: int
    memories: tuple[Memory, ...]
    """Initial values are in flash and in RAM."""


def read_pieces(elf: Path) -> tuple[Piece, ...]:
    """The pieces of the image `elf` by its map, which lies beside it, without those that no memory of a board has.

    Raises InputError where `elf` is not an ELF file, or has no map.
    """
    by_name = {region.name: region for region in _regions(elf)}
    text = read_bytes(elf.with_suffix(".map"), kind="map").decode("utf-8", "replace")
    found = ((by_name.get(output), section, size, origin) for output, section, size, origin in _pieces(text))
    return tuple(
        Piece(region.name, section, origin, size, region.memories) for region, section, size, origin in found if region is not None and size
    )


def read_image_parts(elf: Path, prefixes: Sequence[str] = ()) -> tuple[ImagePart, ...]:
    """The parts of the image `elf` by its map, which lies beside it; empty where there is none (other platforms' builds).

    `prefixes` are those of the models' names in C.  The parts of a memory add up to its sections: what the map does not name is
    in `other`.  Raises InputError where `elf` is not an ELF file.
    """
    map_file = elf.with_suffix(".map")
    if not map_file.is_file():
        return ()
    regions = _regions(elf)
    sizes: Counter[tuple[Memory, str, str]] = Counter()
    named: Counter[tuple[str, Memory]] = Counter()
    for piece in read_pieces(elf):
        group, name = _belongs(piece.section, piece.origin, prefixes)
        for memory in piece.memories:
            sizes[memory, group, name] += piece.size_bytes
            named[piece.output, memory] += piece.size_bytes
    for region in regions:
        for memory in region.memories:
            left = region.size_bytes - named[region.name, memory]
            if left > 0:
                is_stack = region.name == ".stack"
                group, name = ("stack", "reserved for the stack") if is_stack else ("other", f"{region.name}, not named by the map")
                sizes[memory, group, name] += left
    ordered = sorted(sizes.items(), key=lambda item: (item[0][0], -item[1], item[0][2]))
    return tuple(ImagePart(*key, size) for key, size in ordered[:_MAX_PARTS])


def compiler_of_image(elf: Path) -> str:
    """The compiler whose libraries the image was linked with, by the map: `arm-none-eabi gcc 12.2.1`; empty where it is not known."""
    map_file = elf.with_suffix(".map")
    found = _COMPILER.search(read_bytes(map_file, kind="map").decode("utf-8", "replace")) if map_file.is_file() else None
    return "" if found is None else f"{found[1]} gcc {found[2]}"


def _regions(elf: Path) -> list[_Region]:
    try:
        with elf.open("rb") as stream:
            return [region for section in ELFFile(stream).iter_sections() if (region := _region(section)) is not None]
    except (ELFError, OSError) as error:
        raise InputError(f"not a readable ELF file: {error}", on=elf, expected="a linked firmware image") from None


def _region(section: Any) -> _Region | None:
    if not section["sh_flags"] & SH_FLAGS.SHF_ALLOC or not section["sh_size"]:
        return None
    writable = bool(section["sh_flags"] & SH_FLAGS.SHF_WRITE)
    memories: tuple[Memory, ...] = ("ram",) if section["sh_type"] == "SHT_NOBITS" else ("flash",)
    if writable and section.name.startswith(".data"):  # initial values in flash, variables in RAM
        memories = ("flash", "ram")
    return _Region(section.name, section["sh_addr"], section["sh_size"], memories)


def _pieces(text: str) -> Iterator[tuple[str, str, int, str]]:
    """(output section, input section, bytes, object file) of every input section.

    Addresses do not tell memories apart: debug sections, which no board has, begin at 0, as the flash of some boards does.
    """
    pending = output = ""
    for line in text.partition("Linker script and memory map")[2].splitlines():
        if line[:1].strip():
            output, pending = line.split(maxsplit=1)[0], ""
            continue
        alone = _NAME_ALONE.match(line)
        if alone is not None:
            pending = alone[1]
            continue
        found = _PIECE.match(f" {pending} {line.strip()}" if pending else line)
        pending = ""
        if found is not None:
            yield output, found[1], int(found[3], 16), found[4]


def _belongs(section: str, origin: str, prefixes: Sequence[str]) -> tuple[str, str]:
    """(group, name) of an input section of an object file."""
    symbol = _SECTION.sub("", section)
    member = origin.rpartition("/")[2]
    name = symbol if symbol and not symbol.startswith(("str1", "cst")) else member
    if _C_LIBRARIES.search(origin):
        return "libc", member
    if is_weights(symbol):
        return "weights", name
    if is_arena(symbol):
        return "arena", name
    if symbol.startswith("aot_"):
        return "kernels", name
    if any(symbol.startswith(f"{prefix}_") for prefix in prefixes if prefix):
        return "model code", name
    return "runtime", name
