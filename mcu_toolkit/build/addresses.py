"""Addresses of an image and names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection


def name_address(elf: Path, address: int) -> str | None:
    """`function + 0x24` for an address in code; None where the image is not there or has no function at it.

    The lowest bit, which marks Thumb code on Arm, is ignored.
    """
    place = address & ~1
    for symbol in _symbols(elf, "STT_FUNC"):
        start = symbol["st_value"] & ~1
        if start <= place < start + max(symbol["st_size"], 1):
            return f"{symbol.name} + {place - start:#x}"
    return None


def variable_address(elf: Path, name: str) -> int | None:
    """Where a variable of the image lies; None where it has no variable of that name, or is none."""
    found = (int(symbol["st_value"]) for symbol in _symbols(elf, "STT_OBJECT") if symbol.name == name)
    return next(found, None)


def function_sizes(elf: Path) -> dict[str, int]:
    """Bytes of every function of the image by name, its literals included; of equal names the largest."""
    sizes: dict[str, int] = {}
    for symbol in _symbols(elf, "STT_FUNC"):
        sizes[symbol.name] = max(int(symbol["st_size"]), sizes.get(symbol.name, 0))
    return sizes


def _symbols(elf: Path, kind: str) -> list[Any]:
    """All symbols of a kind; none where the image is not there or is none."""
    try:
        with elf.open("rb") as stream:
            tables = [one for one in ELFFile(stream).iter_sections() if isinstance(one, SymbolTableSection)]
            return [symbol for table in tables for symbol in table.iter_symbols() if symbol["st_info"]["type"] == kind]
    except (ELFError, OSError):
        return []
