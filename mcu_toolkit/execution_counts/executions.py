"""What the plugin wrote: how often each block of instructions ran, in each part of the run."""

from __future__ import annotations

from collections import defaultdict
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
    parts: tuple[tuple[BlockCount, ...], ...]
    """By part: 0 is before the first mark, 1 from the first mark to the second one, and so on."""


_Counts = dict[tuple[int, int], tuple[int, int]]
"""(count, taken) by (first, end)."""


def read_trace(path: Path) -> Trace:
    """Read a file of the plugin.  QEMU may translate a block several times: equal blocks are joined.

    Raises DeviceError where the file is missing: nothing between the two addresses ever ran to its end.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        raise DeviceError("the emulator counted nothing", on=str(path), hint="does its QEMU take plugins? see its log") from None
    runs, marks = 0, dict[int, int]()
    parts: defaultdict[int, _Counts] = defaultdict(dict)
    for line in lines:
        word, *rest = line.split()
        values = [int(value, 0) for value in rest]
        if word == "runs":
            runs = values[0]
        elif word == "mark":
            marks[values[0]] = values[1]
        else:
            first, end, count, taken, part = values
            before = parts[part].get((first, end), (0, 0))
            parts[part][first, end] = (before[0] + count, before[1] + taken)
    for part, next_address in sorted(marks.items()):
        _split(parts[part - 1], parts[part], next_address, runs)
    ordered = (parts[number] for number in range(max(parts, default=-1) + 1))
    return Trace(runs, tuple(_sorted(blocks) for blocks in ordered))


def _split(before: _Counts, behind: _Counts, next_address: int, runs: int) -> None:
    """The block in which a part began, counted as a whole in the part before, is cut at the instruction behind the mark."""
    place = next(((first, end) for (first, end), (count, _) in before.items() if first < next_address < end and count >= runs), None)
    if place is None:
        return  # the mark ends its block: there is nothing behind it
    first, end = place
    count, taken = before.pop(place)
    _add(before, place, (count - runs, taken))
    _add(before, (first, next_address), (runs, 0))
    # A block that began in the part before and was left in the part behind is there with its `taken` only.
    whole = next((known for known, (ran, _) in behind.items() if known[1] == end and known[0] <= first and ran == 0), None)
    _add(behind, (next_address, end), (runs, 0 if whole is None else behind.pop(whole)[1]))


def _add(blocks: _Counts, place: tuple[int, int], counts: tuple[int, int]) -> None:
    found = blocks.get(place, (0, 0))
    blocks[place] = (found[0] + counts[0], found[1] + counts[1])


def _sorted(blocks: Mapping[tuple[int, int], tuple[int, int]]) -> tuple[BlockCount, ...]:
    return tuple(BlockCount(*place, *counts) for place, counts in sorted(blocks.items()) if counts != (0, 0))
