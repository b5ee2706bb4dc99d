"""Links every model of the corpus for one core and keeps what each image took, beside the parts that its code consists of."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.sizes.corpus import Sample, samples
from benchmarks.sizes.link import Keys, Linked, Linker
from mcu_toolkit.artifacts.code_parts import CodeParts, together
from mcu_toolkit.boards import Board, MemoryRegion
from mcu_toolkit.errors import McuError
from mcu_toolkit.model import Model
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
    keys: Keys
    parts: CodeParts
    linked: Linked


def with_room(board: Board) -> Board:
    """The board with memories that any model fits into: a size can be measured where it is too large, too."""
    if board.core_family == "riscv":  # both memories are one
        return board
    regions = (MemoryRegion(one.origin, _ROOM_BYTES) for one in (board.flash, board.ram))
    return replace(board, **dict(zip(("flash", "ram"), regions, strict=True)))


def parts_of(models: Sequence[Model], board: Board, *, smallest_arena: bool = False) -> CodeParts:
    """What the code of `models` for `board` consists of."""
    target = replace(target_of(board), max_arena_bytes=0 if smallest_arena else None)
    return together([code_parts(compile_model(model, target)) for model in models])


def measured(board: Board, folder: Path, *, only_new: bool = False) -> Iterator[Measured]:
    """The corpus on one board; images are kept in `folder` by hashes of their sources, so that only what changed is linked again.

    `only_new`: images whose names are there are taken as they are, without generating their sources to see whether they changed.
    """
    kept_file = folder / f"{board.id}.jsonl"
    kept = _read_all(kept_file)
    trusted = {one.name: one for one in kept.values()} if only_new else {}
    session = _Session(board, Linker(with_room(board), folder / board.id), kept)
    with kept_file.open("a", encoding="utf-8") as file:
        for sample in samples():
            found = trusted.get(sample.name) or session.measure(sample)
            if found is None:
                continue
            session.seen.add(found.parts.units)
            if kept.get(found.keys.own) != found:
                file.write(json.dumps(to_plain(found)) + "\n")
                file.flush()
            yield found


def _read_all(path: Path) -> dict[str, Measured]:
    """What is kept by the hash of the models' own files, the newest of each; what another version of this program wrote is left out."""
    found = {}
    for line in path.read_text("utf-8").splitlines() if path.is_file() else ():
        try:
            one = from_plain(Measured, json.loads(line))
        except ValueError:
            continue
        found[one.keys.own] = one
    return found


class _Session:
    """One run over the corpus."""

    def __init__(self, board: Board, linker: Linker, kept: Mapping[str, Measured]) -> None:
        self._board, self._linker, self._kept = board, linker, kept
        self._grown_bytes: dict[str, int] = {}
        self.seen = set[tuple[str, ...]]()

    def measure(self, sample: Sample) -> Measured | None:
        """None for what the compiler refuses, and for one operator whose code another sample has shown."""
        try:
            models = sample.models()
            parts = parts_of(models, self._board, smallest_arena=sample.smallest_arena)
            layers = [layer for of in parts.by_model for layer in of]
            if not layers or (len(layers) < 2 and parts.units in self.seen):
                return None
            keys = self._linker.generate(models, AotRuntime(optimize="ram" if sample.smallest_arena else "balanced"))
            return Measured(sample.name, keys, parts, self._linked(keys))
        except McuError:
            return None
        except subprocess.CalledProcessError as error:
            print(f"{sample.name}: {error.stderr.decode('utf-8', 'replace')[:500]}", file=sys.stderr)
            return None

    def _linked(self, keys: Keys) -> Linked:
        """The image of what was generated last.  Where only the common files changed since it was kept, the first such image is linked
        again, and the others have grown by as much."""
        before = self._kept.get(keys.own)
        if before is None:
            return self._linker.link_generated()
        if before.keys.common == keys.common:
            return before.linked
        if before.keys.common not in self._grown_bytes:
            now = self._linker.link_generated()
            self._grown_bytes[before.keys.common] = now.flash_bytes - before.linked.flash_bytes
            return now
        return replace(before.linked, flash_bytes=before.linked.flash_bytes + self._grown_bytes[before.keys.common])
