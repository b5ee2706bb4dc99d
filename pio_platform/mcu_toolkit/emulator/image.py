# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Is this ELF file an image for this board?  QEMU itself crashes, hangs or runs on silently if it is not."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from state import EmulatorError

_PT_LOAD = 1
_ET_EXEC, _ET_DYN = 2, 3
_MAGIC = b"\x7fELF"


@dataclass(frozen=True)
class Memory:
    """A range of addresses an image may be loaded to."""

    name: str
    origin: int
    length_bytes: int

    def holds(self, address: int, size_bytes: int) -> bool:
        """True if all of `size_bytes` from `address` lies in this memory."""
        return self.origin <= address and address + size_bytes <= self.origin + self.length_bytes


@dataclass(frozen=True)
class Segment:
    """A loadable part of an image: where its bytes are stored, where they live when running."""

    load_address: int
    run_address: int
    file_bytes: int
    memory_bytes: int


@dataclass(frozen=True)
class Machine:
    """What images of a core are for."""

    number: int
    """`e_machine` of the ELF file; 0: this machine."""
    name: str


def check_image(image: Path, machine: Machine, memories: tuple[Memory, ...]) -> None:
    """Raise EmulatorError unless `image` is a program for `machine` that fits into `memories`."""
    try:
        content = image.read_bytes()
    except OSError as error:
        raise EmulatorError(f"{image}: cannot be read: {error.strerror}") from None
    if machine.number == 0:
        _check_host_image(image, content)
        return
    if content[:7] != _MAGIC + b"\x01\x01\x01" or len(content) < 52:
        raise EmulatorError(f"{image}: not an ELF file of a 32-bit little-endian machine; build with `pio run`")
    kind, found = struct.unpack_from("<HH", content, 16)
    if (kind, found) != (_ET_EXEC, machine.number):
        raise EmulatorError(f"{image}: ELF type {kind}, machine {found}; expected an executable (2) for {machine.name} ({machine.number})")
    segments = _segments(image, content)
    if not segments:
        raise EmulatorError(f"{image}: nothing to load")
    for segment in segments:
        _require_room(image, segment.load_address, segment.file_bytes, memories)
        _require_room(image, segment.run_address, segment.memory_bytes, memories)


def _check_host_image(image: Path, content: bytes) -> None:
    own = Path("/proc/self/exe").read_bytes()[:20] if Path("/proc/self/exe").exists() else content[:20]
    kind = struct.unpack_from("<H", content, 16)[0] if len(content) >= 20 else 0
    # Class, byte order and machine must be those of the running Python: else the kernel says "exec format error".
    if content[:4] != _MAGIC or content[4:6] != own[4:6] or content[18:20] != own[18:20] or kind not in (_ET_EXEC, _ET_DYN):
        raise EmulatorError(f"{image}: not a program of this machine; build with `pio run`")


def _segments(image: Path, content: bytes) -> list[Segment]:
    """The loadable segments that are not empty (32-bit ELF: header at 28, 42 and 44; program header of 8 words)."""
    (table,) = struct.unpack_from("<I", content, 28)
    entry_bytes, count = struct.unpack_from("<HH", content, 42)
    segments = []
    for index in range(count):
        offset = table + index * entry_bytes
        if entry_bytes < 32 or offset + 32 > len(content):
            raise EmulatorError(f"{image}: damaged program header table")
        kind, at, run, load, file_bytes, memory_bytes, _, _ = struct.unpack_from("<8I", content, offset)
        if kind == _PT_LOAD and memory_bytes > 0:
            if at + file_bytes > len(content):
                raise EmulatorError(f"{image}: ends before its segment {index} does; build it again")
            segments.append(Segment(load, run, file_bytes, memory_bytes))
    return segments


def _require_room(image: Path, address: int, size_bytes: int, memories: tuple[Memory, ...]) -> None:
    if size_bytes == 0 or any(memory.holds(address, size_bytes) for memory in memories):
        return
    room = ", ".join(f"{m.name} 0x{m.origin:08x} + {m.length_bytes} bytes" for m in memories)
    raise EmulatorError(f"{image}: {size_bytes} bytes at 0x{address:08x} do not fit the board's memory ({room})")
