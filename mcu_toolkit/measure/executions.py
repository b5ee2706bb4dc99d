"""What the plugin wrote: how often each block of instructions ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.errors import DeviceError


@dataclass(frozen=True)
class BlockCount:
    """Instructions from address `first` up to `end`, run from first to last `count` times; `taken`: how often the next instruction
    that ran was not the one at `end`."""

    first: int
    end: int
    count: int
    taken: int


@dataclass(frozen=True)
class Trace:
    """All blocks of `runs` inferences."""

    runs: int
    blocks: tuple[BlockCount, ...]


def read_trace(path: Path) -> Trace:
    """Read a file of the plugin.  QEMU may translate a block several times: equal blocks are joined.

    Raises DeviceError where the file is missing: nothing between the two addresses ever ran to its end.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        raise DeviceError("the emulator counted nothing", on=str(path), hint="does its QEMU take plugins? see its log") from None
    runs, blocks = 0, dict[tuple[int, int], tuple[int, int]]()
    for line in lines:
        word, *values = line.split()
        if word == "runs":
            runs = int(values[0])
        else:
            first, end, count, taken = (int(value, 0) for value in values)
            before = blocks.get((first, end), (0, 0))
            blocks[first, end] = (before[0] + count, before[1] + taken)
    return Trace(runs, _sorted(blocks))


def _sorted(blocks: Mapping[tuple[int, int], tuple[int, int]]) -> tuple[BlockCount, ...]:
    return tuple(BlockCount(*place, *counts) for place, counts in sorted(blocks.items()))
