# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What an RP2040's image needs after it was linked: the checksum of its second stage, and a UF2 file.

    python rp2040.py FIRMWARE.elf        writes the checksum into the file, and FIRMWARE.uf2 beside it

The chip's boot ROM starts only a second stage whose last four bytes are the CRC-32 of the 252 before (RP2040 datasheet,
2.8.1.3.1).  Standard library only.  Exit code 1 with a message if it fails.
"""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

from uf2 import RP2040_FAMILY, to_uf2

FLASH_ORIGIN = 0x10000000
FLASH_BYTES_MAX = 16 << 20
BOOT2_BYTES = 256
_CHECKED_BYTES = BOOT2_BYTES - 4
_POLYNOMIAL = 0x04C11DB7
_PT_LOAD = 1


class ImageError(Exception):
    """Something a user can act on: printed without a traceback."""


def boot2_checksum(code: bytes) -> int:
    """CRC-32 as the boot ROM computes it: the usual polynomial, but highest bit first, starting at all ones, not inverted at the end."""
    crc = 0xFFFFFFFF
    for byte in code:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ _POLYNOMIAL if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return crc


def seal(elf: bytes) -> bytes:
    """`elf` with the checksum of its second stage; raises ImageError where there is none."""
    for load_address, offset, size_bytes in _loaded(elf):
        if load_address == FLASH_ORIGIN and size_bytes >= BOOT2_BYTES:
            code = elf[offset : offset + _CHECKED_BYTES]
            return elf[: offset + _CHECKED_BYTES] + struct.pack("<I", boot2_checksum(code)) + elf[offset + BOOT2_BYTES :]
    raise ImageError(f"nothing is loaded to 0x{FLASH_ORIGIN:08x}, where the boot ROM looks for a second stage of {BOOT2_BYTES} bytes")


def flash_parts(elf: bytes) -> dict[int, bytes]:
    """What of an image is stored in flash, by its address; raises ImageError for bytes that are to be loaded elsewhere."""
    parts = {}
    for load_address, offset, size_bytes in _loaded(elf):
        if not FLASH_ORIGIN <= load_address <= FLASH_ORIGIN + FLASH_BYTES_MAX - size_bytes:
            raise ImageError(f"{size_bytes} bytes are to be loaded to 0x{load_address:08x}, which is not flash")
        parts[load_address] = elf[offset : offset + size_bytes]
    return parts


def _loaded(elf: bytes) -> list[tuple[int, int, int]]:
    """(load address, offset in the file, bytes) of what a 32-bit ELF file has to be loaded; raises ImageError where it is damaged."""
    if elf[:7] != b"\x7fELF\x01\x01\x01" or len(elf) < 52:
        raise ImageError("not an ELF file of a 32-bit little-endian machine")
    (table,) = struct.unpack_from("<I", elf, 28)
    entry_bytes, count = struct.unpack_from("<HH", elf, 42)
    found = []
    for index in range(count):
        at = table + index * entry_bytes
        if entry_bytes < 32 or at + 32 > len(elf):
            raise ImageError("its program header table is damaged")
        kind, offset, _, load_address, size_bytes = struct.unpack_from("<5I", elf, at)
        if kind == _PT_LOAD and size_bytes:
            if offset + size_bytes > len(elf):
                raise ImageError(f"it ends before its segment {index} does")
            found.append((load_address, offset, size_bytes))
    return found


def finish(elf: Path) -> Path:
    """Seal the image `elf` in place and write the UF2 file, which is returned; both appear whole or not at all."""
    sealed = seal(elf.read_bytes())
    target = elf.with_suffix(".uf2")
    _write(elf, sealed)
    _write(target, to_uf2(flash_parts(sealed), RP2040_FAMILY))
    return target


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(content)
    if path.exists():
        fresh.chmod(path.stat().st_mode & 0o777)
    fresh.replace(path)


def main(arguments: list[str]) -> int:
    """Command line of this file; returns the exit code."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        target = finish(Path(arguments[0]))
    except (ImageError, ValueError) as error:
        print(f"Error: {arguments[0]}: {error}; build with `pio run`", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    print(f"UF2 file, to be copied onto the board's USB drive: {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
