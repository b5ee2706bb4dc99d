"""Links every model of the corpus for one core and keeps what each image took, beside the parts that its code consists of."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.sizes.corpus import Sample, samples
from benchmarks.sizes.link import Linked, Linker
from mcu_toolkit.artifacts.code_parts import CodeParts
from mcu_toolkit.boards import Board, MemoryRegion
from mcu_toolkit.errors import McuError
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runtimes.aot.compiler import compile_model
from mcu_toolkit.runtimes.aot.emit.code_parts import code_parts
from mcu_toolkit.runtimes.aot.ir.target import target_of
from mcu_toolkit.runtimes.aot.runtime import AotRuntime
from mcu_toolkit.system.records import from_plain, to_plain

_ROOM_BYTES = 1 << 24


@dataclass(frozen=True)
class Measured:
    """One image and its parts."""

    name: str
    parts: CodeParts
    linked: Linked


def with_room(board: Board) -> Board:
    """The board with memories that any model fits into: a size can be measured where it is too large, too."""
    if board.core_family == "riscv":  # both memories are one
        return board
    regions = (MemoryRegion(one.origin, _ROOM_BYTES) for one in (board.flash, board.ram))
    return replace(board, **dict(zip(("flash", "ram"), regions, strict=True)))


def parts_of(model: Model, board: Board, *, smallest_arena: bool = False) -> CodeParts:
    """What the code of `model` for `board` consists of."""
    target = replace(target_of(board), max_arena_bytes=0 if smallest_arena else None)
    return code_parts(compile_model(model, target))


def measured(board: Board, folder: Path) -> Iterator[Measured]:
    """The corpus on one board; what was linked before is kept in `folder` by its name."""
    kept_file = folder / f"{board.id}.jsonl"
    kept = {one.name: one for one in map(_read, kept_file.read_text("utf-8").splitlines())} if kept_file.is_file() else {}
    linker, seen = Linker(with_room(board), folder / board.id), set[tuple[str, ...]]()
    with kept_file.open("a", encoding="utf-8") as file:
        for sample in samples():
            before = _kept(sample, board, kept[sample.name]) if sample.name in kept else None
            found = before or _measure(sample, board, linker, seen)
            if found is None:
                continue
            seen.add(found.parts.units)
            if before is None:
                file.write(json.dumps(to_plain(found)) + "\n")
                file.flush()
            yield found


def _read(line: str) -> Measured:
    return from_plain(Measured, json.loads(line))


def _kept(sample: Sample, board: Board, before: Measured) -> Measured | None:
    """The image as it was, with the parts as they are counted now; None where its code consists of other functions or headers."""
    try:
        parts = parts_of(parse_model(sample.content, "model"), board, smallest_arena=sample.smallest_arena)
    except McuError:
        return None
    return replace(before, parts=parts) if _code(parts) == _code(before.parts) else None


def _code(parts: CodeParts) -> tuple[object, ...]:
    units = tuple(unit for unit in parts.units if unit.startswith(("function ", "kernel ", "header ")))
    return units, dict(parts.records), parts.constants_bytes, parts.statements, parts.arguments


def _measure(sample: Sample, board: Board, linker: Linker, seen: set[tuple[str, ...]]) -> Measured | None:
    """None for what the compiler refuses, and for one operator whose code another sample has shown."""
    try:
        model = parse_model(sample.content, "model")
        parts = parts_of(model, board, smallest_arena=sample.smallest_arena)
        if not parts.by_layer or (len(parts.by_layer) < 2 and parts.units in seen):
            return None
        linked = linker.link(model, AotRuntime(optimize="ram" if sample.smallest_arena else "balanced"))
    except McuError:
        return None
    except subprocess.CalledProcessError as error:
        print(f"{sample.name}: {error.stderr.decode('utf-8', 'replace')[:500]}", file=sys.stderr)
        return None
    return Measured(sample.name, parts, linked)
