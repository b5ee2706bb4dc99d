"""Addresses of an image in words: the function they are in."""

from __future__ import annotations

from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection


def name_address(elf: Path, address: int) -> str | None:
    """`function + 0x24` for an address in code; None where the image is not there or has no function at it.

    The lowest bit, which tells Thumb code on Arm, is ignored.
    """
    place = address & ~1
    try:
        with elf.open("rb") as stream:
            for table in ELFFile(stream).iter_sections():
                if not isinstance(table, SymbolTableSection):
                    continue
                for symbol in table.iter_symbols():
                    start = symbol["st_value"] & ~1
                    if symbol["st_info"]["type"] == "STT_FUNC" and start <= place < start + max(symbol["st_size"], 1):
                        return f"{symbol.name} + {place - start:#x}"
    except (ELFError, OSError):
        return None
    return None
