"""Measures what a copy of the TFLM library takes in flash and writes its row in mcu_toolkit/runtimes/tflm/code_sizes/.

    .venv/bin/python -m benchmarks.tflm_sizes FOLDER --source REPOSITORY@COMMIT [--board netduinoplus2] [--keep FOLDER]

Two firmwares are built with PlatformIO (the first build of a library for a board takes minutes); for each operator alone one image more is
linked from the same objects, with the operator's registration and parser as additional roots.  What that image has more is what the
operator needs; pieces that several operators need are in the row once, with their names.  The second firmware has operators that bring the
C library's variables: its RAM is the row's.  To be run again when the firmware around the interpreter changes by a kilobyte, or for another
library.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.mobilenets import residual
from benchmarks.models import ROOT
from benchmarks.sizes.link import compiler_version
from mcu_toolkit.artifacts import Footprint
from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.build import build_project, read_footprint
from mcu_toolkit.build.image_parts import read_pieces
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runtimes.tflm import TflmRuntime
from mcu_toolkit.runtimes.tflm.facts import RESOLVER_HEADER, find_sources
from mcu_toolkit.runtimes.tflm.library import Library
from mcu_toolkit.runtimes.tflm.library_sizes import LibrarySizes, Piece, operator_key
from mcu_toolkit.runtimes.tflm.operators import BUILTINS, CUSTOM_METHODS
from mcu_toolkit.system.files import write_text
from mcu_toolkit.system.records import to_plain
from mcu_toolkit.system.resources import tflm_sizes_dir
from tests.model_builder import ModelBuilder

_METHOD = re.compile(r"TfLiteStatus (Add\w+)\(")
_REGISTRATION, _PARSER = re.compile(r"\b(Register_\w+)\("), re.compile(r"\b(Parse\w+)\)")
HOW = "benchmarks.tflm_sizes: an image linked for each operator alone"

_Key = tuple[str, str, int]
"""Object file, input section, and which of those of one name."""


@dataclass(frozen=True)
class Roots:
    """What registering an operator refers to in the library."""

    operator: str
    functions: tuple[str, ...]
    """Plain names: `Register_CONV_2D_INT8`, `ParseConv2D`."""


def main(words: Sequence[str]) -> int:
    """Measure and write; returns an exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.tflm_sizes", description="What a copy of TensorFlow Lite Micro takes in flash.")
    parser.add_argument("library", type=Path, help="a folder with a PlatformIO or Arduino library of TFLM")
    parser.add_argument("--source", required=True, help="where the copy is from: repository and commit")
    parser.add_argument("--board", default="netduinoplus2")
    parser.add_argument("--keep", type=Path, default=ROOT / "build" / "tflm-sizes", help="where the firmwares are built")
    arguments = parser.parse_args(words)
    row = measured(TflmRuntime(str(arguments.library)), load_board(arguments.board), arguments.source, arguments.keep)
    name = f"{row.library}-{row.version}-{row.core}.json".lower()
    write_text(tflm_sizes_dir() / name, json.dumps(to_plain(row), indent=1, sort_keys=True) + "\n")
    print(f"{name}: firmware {row.firmware_bytes:,} bytes, {len(row.operators)} operators in {len(row.pieces)} pieces")
    return 0


def measured(runtime: TflmRuntime, board: Board, source: str, folder: Path) -> LibrarySizes:
    """The row of the library that `runtime` takes."""
    library = runtime.library_for(board)
    assert library.facts is not None
    assert board.core_facts.compiler is not None
    smallest, several = parse_model(_reshape(), "smallest"), parse_model(residual(12, 8, 2), "several")
    image = _Image.built([smallest], board, runtime, folder / "smallest")
    base = image.linked(())
    needed = {roots.operator: set(image.linked(image.symbols_of(roots))) - set(base) for roots in all_roots(library)}
    sizes = {key: size for roots in all_roots(library) for key, size in image.linked(image.symbols_of(roots)).items()}
    return LibrarySizes(
        library=library.name,
        version=library.version,
        tflm=library.facts.age,
        source=source,
        measured=datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        how=HOW,
        core=board.core,
        compiler=compiler_version(board.core_facts.compiler.program),
        firmware_bytes=image.footprint.flash_bytes - len(smallest.content),
        ram_bytes=_ram_bytes(_Image.built([several], board, runtime, folder / "several").footprint, board),
        operators=tuple(sorted(needed)),
        pieces=pieces_of(needed, sizes),
    )


def pieces_of(needed: Mapping[str, set[_Key]], sizes: Mapping[_Key, int]) -> tuple[Piece, ...]:
    """What the linker takes, by the operators that need it, the largest first."""
    users: dict[_Key, list[str]] = defaultdict(list)
    for operator, keys in sorted(needed.items()):
        for key in keys:
            users[key].append(operator)
    together: dict[tuple[str, ...], int] = defaultdict(int)
    for key, operators in users.items():
        together[tuple(operators)] += sizes[key]
    return tuple(Piece(size, operators) for operators, size in sorted(together.items(), key=lambda one: (-one[1], one[0])))


def all_roots(library: Library) -> Iterator[Roots]:
    """Every operator that the library has, and its int8 kernel where that is a registration of its own."""
    assert library.folder is not None
    assert library.facts is not None
    root = find_sources(library.folder)
    assert root is not None
    methods = _methods((root / RESOLVER_HEADER).read_text("utf-8"))
    for operator, entry in BUILTINS.items():
        if entry.method in methods:
            yield Roots(operator, methods[entry.method])
        if entry.method in methods and entry.int8_registration in library.facts.int8_registrations:
            yield Roots(operator_key(operator, int8_only=True), (entry.int8_registration, *methods[entry.method][1:]))
    for operator, method in CUSTOM_METHODS.items():
        if method in methods:
            yield Roots(f"custom operator '{operator}'", methods[method])


def _methods(header: str) -> dict[str, tuple[str, ...]]:
    """By method of the resolver: the registration that it takes by default, and the function that reads the operator's options."""
    starts = [(found[1], found.start()) for found in _METHOD.finditer(header)]
    ends = [start for _, start in starts[1:]] + [len(header)]
    texts = {name: header[start:end] for (name, start), end in zip(starts, ends, strict=True)}
    return {
        name: (registration[1], *(parser[1] for parser in [_PARSER.search(text)] if parser))
        for name, text in texts.items()
        if (registration := _REGISTRATION.search(text)) is not None
    }


class _Image:
    """A firmware that was built, whose objects are linked again with more roots."""

    def __init__(self, elf: Path, board: Board, folder: Path) -> None:
        self.footprint, self._folder = read_footprint(elf), folder
        compiler = board.core_facts.compiler
        assert compiler is not None
        self._objects = [*sorted((elf.parent / "src").rglob("*.o")), *sorted(elf.parent.glob("lib*/*.a"))]
        self._words = [f"{compiler.tool_prefix}g++", *compiler.flags, *compiler.link_flags, "-O2", "-Wl,--gc-sections", "-Tlinker.ld"]
        names = subprocess.run([f"{compiler.tool_prefix}nm", *map(str, self._objects)], capture_output=True, text=True, check=True)
        self._symbols = sorted({words[2] for line in names.stdout.splitlines() if len(words := line.split()) == 3 and words[1] in "TW"})
        self._linked: dict[tuple[str, ...], dict[_Key, int]] = {}

    @classmethod
    def built(cls, models: Sequence[Model], board: Board, runtime: TflmRuntime, folder: Path) -> _Image:
        """By PlatformIO, as users' firmware is."""
        project = generate_project(models, board, runtime, folder, overwrite=True)
        return cls(build_project(project, board).elf, board, folder)

    def symbols_of(self, roots: Roots) -> tuple[str, ...]:
        """As the linker names them."""
        found = [[symbol for symbol in self._symbols if f"{len(name)}{name}E" in symbol] for name in roots.functions]
        assert all(found), f"{roots.operator}: the library has no function {roots.functions[found.index([])]}"
        return tuple(symbol for symbols in found for symbol in symbols)

    def linked(self, roots: tuple[str, ...]) -> dict[_Key, int]:
        """What the flash of an image with these roots has, in bytes."""
        if roots not in self._linked:
            elf = self._folder / "with-roots.elf"
            words = [*self._words, f"-Wl,-Map={elf.with_suffix('.map')}", *(f"-Wl,-u,{one}" for one in roots), *map(str, self._objects)]
            subprocess.run([*words, "-o", str(elf)], cwd=self._folder, check=True, capture_output=True)
            self._linked[roots] = _flash_of(elf)
        return self._linked[roots]


def _flash_of(elf: Path) -> dict[_Key, int]:
    found: dict[_Key, int] = {}
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for piece in read_pieces(elf):
        if "flash" in piece.memories:
            name = (piece.origin.rpartition("/")[2], piece.section)
            found[(*name, counts[name])] = piece.size_bytes
            counts[name] += 1
    return found


def _ram_bytes(footprint: Footprint, board: Board) -> int:
    """Beside the arena and the link's buffers."""
    link_bytes = (board.link.window_frames + 1) * (board.link.max_payload_bytes + 16)
    return footprint.ram_bytes - footprint.arena_bytes - link_bytes


def _reshape() -> bytes:
    """A model with the smallest operator: its own share stays in the firmware's."""
    builder = ModelBuilder()
    x, y = builder.tensor([1, 4], "int8", 0.5, 0), builder.tensor([4], "int8", 0.5, 0)
    builder.op("RESHAPE", [x], [y], new_shape=[4])
    return builder.build([x], [y])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
