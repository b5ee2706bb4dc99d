"""After linking: does the model lie where it can be read in place, in flash and aligned?

`xxd -i` and a forgotten `const` put it into RAM, where it costs twice or does not fit; an odd address is a hard fault on some
cores (tflite-micro issue 418).  Source code cannot prove either: the linker decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from mcu_toolkit.boards import Board
from mcu_toolkit.errors import InputError, ToolError

ALIGNMENT_BYTES = 16
_ARRAY = re.compile(r"^g_\w+_model_data$")
_CONSTANT = re.compile(r"_k_\w+$|_layer_\d+$")
"""Names of weights, tables and layer records in code of the runtime `aot`."""
_HINT = "keep `alignas(16) const` in model_data.cc; a board's linker script may want a section: constants_section in its TOML"


@dataclass(frozen=True)
class ModelArrayPlace:
    """A model's array in a linked image."""

    symbol: str
    address: int
    size_bytes: int
    section: str
    writable: bool


def find_model_arrays(elf: Path) -> tuple[ModelArrayPlace, ...]:
    """The arrays `g_<name>_model_data` of the image; raises InputError if it is not an ELF file."""
    return _find(elf, _ARRAY)


def check_constants(elf: Path, board: Board) -> tuple[ModelArrayPlace, ...]:
    """Raise ToolError unless all weights, tables and layer records of compiled models in the image are in flash; returns them."""
    places = _find(elf, _CONSTANT)
    outside = [place for place in places if not _is_in_flash(place, board)]
    if outside:
        total = sum(place.size_bytes for place in outside)
        first = outside[0]
        raise ToolError(
            f"{len(outside)} constants of {total:,} bytes are in RAM, the first is {first.symbol}: "
            f"section {first.section}, address {first.address:#x}",
            on=elf,
            expected=f"flash: {board.flash.origin:#x}..{board.flash.origin + board.flash.length_bytes - 1:#x}",
            hint="a board's linker script may want a section for constants: constants_section in its TOML",
        )
    return places


def _find(elf: Path, pattern: re.Pattern[str]) -> tuple[ModelArrayPlace, ...]:
    try:
        with elf.open("rb") as stream:
            return tuple(_places(ELFFile(stream), pattern))
    except (ELFError, OSError) as error:
        raise InputError(f"not a readable ELF file: {error}", on=elf, expected="a linked firmware image") from None


def check_model_arrays(elf: Path, board: Board, models: int) -> tuple[ModelArrayPlace, ...]:
    """Raise ToolError unless all `models` arrays are in the image, in flash, at addresses that are multiples of 16."""
    places = find_model_arrays(elf)
    if len(places) < models:
        raise ToolError(f"the image holds {len(places)} model arrays", on=elf, expected=f"{models}", hint="run mcu generate again")
    for place in places:
        if place.address % ALIGNMENT_BYTES:
            raise ToolError(f"model array {place.symbol} is at address {place.address:#x}", on=elf, expected="a multiple of 16", hint=_HINT)
        if not _is_in_flash(place, board):
            flash = board.flash
            raise ToolError(
                f"model array {place.symbol} of {place.size_bytes:,} bytes is in RAM: section {place.section}, address {place.address:#x}",
                on=elf,
                expected=f"flash: a read-only section in {flash.origin:#x}..{flash.origin + flash.length_bytes - 1:#x}",
                hint=_HINT,
            )
    return places


def _is_in_flash(place: ModelArrayPlace, board: Board) -> bool:
    if board.core_facts.is_host:  # a program has no flash, but what is read only (once addresses are filled in) is not copied either
        return not place.writable or place.section.startswith(".data.rel.ro")
    return board.flash.origin <= place.address < board.flash.origin + board.flash.length_bytes


def _places(image: Any, pattern: re.Pattern[str]) -> list[ModelArrayPlace]:
    found: dict[str, ModelArrayPlace] = {}
    for table in image.iter_sections():
        if not isinstance(table, SymbolTableSection):
            continue
        for symbol in table.iter_symbols():
            if symbol["st_info"]["type"] == "STT_OBJECT" and pattern.search(symbol.name) and isinstance(symbol["st_shndx"], int):
                section = image.get_section(symbol["st_shndx"])
                writable = bool(section["sh_flags"] & SH_FLAGS.SHF_WRITE)
                found[symbol.name] = ModelArrayPlace(symbol.name, symbol["st_value"], symbol["st_size"], section.name, writable)
    return list(found.values())
