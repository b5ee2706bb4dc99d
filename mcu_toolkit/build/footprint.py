"""How many bytes of flash and RAM a linked image takes, and what for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from mcu_toolkit.artifacts import Footprint
from mcu_toolkit.errors import InputError

# Names our generated code gives: constants of AOT code, and the whole .tflite file that TFLM reads.
_WEIGHTS = re.compile(r"_k_|^g_\w+_model_data$")
_ARENA_SYMBOLS = frozenset({"aot_arena", "tflm_arena"})
_STACK_SECTION = ".stack"


def read_footprint(elf: Path) -> Footprint:
    """Bytes of the image `elf`, for a board or for this machine; raises InputError if it is not an ELF file."""
    try:
        with elf.open("rb") as stream:
            image = ELFFile(stream)
            flash, data, bss = _section_bytes(image)
            weights, arena = _symbol_bytes(image)
    except (ELFError, OSError) as error:
        raise InputError(f"not a readable ELF file: {error}", on=elf, expected="a linked firmware image") from None
    return Footprint(
        flash_bytes=flash,
        ram_bytes=data + bss,
        code_bytes=flash - weights - data,
        weights_bytes=weights,
        data_bytes=data,
        bss_bytes=bss,
        arena_bytes=arena,
    )


def is_weights(symbol: str) -> bool:
    """True for the name of a model's constants in an image."""
    return _WEIGHTS.search(symbol) is not None


def is_arena(symbol: str) -> bool:
    """True for the name of an arena in an image."""
    return symbol in _ARENA_SYMBOLS


def _section_bytes(image: Any) -> tuple[int, int, int]:
    """(flash, data, bss): what is stored, of it initial values of variables, and variables that start at zero."""
    flash = data = bss = 0
    for section in image.iter_sections():
        if not section["sh_flags"] & SH_FLAGS.SHF_ALLOC or section.name == _STACK_SECTION:
            continue
        size = section["sh_size"]
        writable = bool(section["sh_flags"] & SH_FLAGS.SHF_WRITE)
        if section["sh_type"] == "SHT_NOBITS":
            bss += size
            continue
        flash += size
        # Tables a linker marks as writable stay in flash on a board: only .data* is copied to RAM at start-up.
        if writable and section.name.startswith(".data"):
            data += size
    return flash, data, bss


def _symbol_bytes(image: Any) -> tuple[int, int]:
    """(weights, arena) in bytes; constants the linker merged (same address and size) count once."""
    weights: set[tuple[int, int]] = set()
    arena = 0
    for table in image.iter_sections():
        if not isinstance(table, SymbolTableSection):
            continue
        for symbol in table.iter_symbols():
            if symbol["st_info"]["type"] != "STT_OBJECT":
                continue
            if is_arena(symbol.name):
                arena = symbol["st_size"]
            elif is_weights(symbol.name):
                weights.add((symbol["st_value"], symbol["st_size"]))
    return sum(size for _, size in weights), arena
