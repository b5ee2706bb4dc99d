"""Links firmware with the flags that PlatformIO gives, but without it: what models change is compiled each time, the rest once a board."""

from __future__ import annotations

import functools
import hashlib
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile

from benchmarks.sizes.stack import Frame, frames_below_invoke
from mcu_toolkit.boards import Board
from mcu_toolkit.build import read_footprint, read_image_parts
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.firmware.build_id import BUILD_ID_HEADER
from mcu_toolkit.model import Model
from mcu_toolkit.runtimes.base import Runtime

_FLAGS = ("-O2", "-ffunction-sections", "-fdata-sections", "-ffp-contract=off", "-fcallgraph-info=su")
_SOURCE_FLAGS = ("-std=c99", "-DINFERENCE_TRACK_LAYER=1", "-Isrc", "-w")
_OF_MODELS = ("inference", "aot_arena")
"""Beside the files that have a model's functions."""
_BANNER = re.compile(rb"\A/\*.*?\*/", re.DOTALL)
"""Names the models, in every file."""
_MODEL_COUNT = re.compile(rb"#define MODEL_COUNT \d+")
"""In a file that says nothing else of the models."""
_RECORD = re.compile(r"_layer_(\d+)")


@dataclass(frozen=True)
class Linked:
    """An image."""

    flash_bytes: int
    ram_bytes: int
    arena_bytes: int
    constants_bytes: int
    records_bytes: int
    stack_bytes: int
    """Of the deepest way from a model's `invoke`; what calls that is not in it."""
    frames: Mapping[str, Frame]
    """Of the functions below, by name."""
    routines: Mapping[str, int]
    """Flash of each object file of the compiler's and the C library that the image has, by its name: `libgcc.a(_arm_addsubsf3.o)`."""


@dataclass(frozen=True)
class Keys:
    """Hashes of what an image is made of."""

    own: str
    """Models, their kernels, flags and the compiler."""
    common: str
    """All other files: the same for each model."""


class Linker:
    """For one board; keeps a project and the objects of everything that no model changes."""

    def __init__(self, board: Board, folder: Path) -> None:
        self._board, self._folder = board, folder
        compiler = board.core_facts.compiler
        assert compiler is not None
        self._gcc = [f"{compiler.tool_prefix}gcc", *compiler.flags, *_FLAGS]
        self._link_flags = [*compiler.link_flags, "-Wl,--gc-sections", "-Tlinker.ld", "-Wl,-Map=firmware.map"]
        self._kept: dict[str, Path] = {}
        self._model_count: list[bytes] = []
        shutil.rmtree(folder, ignore_errors=True)

    def generate(self, models: Sequence[Model], runtime: Runtime, board: Board | None = None) -> Keys:
        """Write the firmware with `models` and return hashes of all that its image depends on: files, flags and compiler.

        `board`: the same one with memories of other sizes.
        """
        generate_project(models, board or self._board, runtime, self._folder, overwrite=True)
        tools = "\0".join([compiler_version(self._gcc[0]), *self._gcc, *self._link_flags, *_SOURCE_FLAGS]).encode()
        own, common = hashlib.sha256(tools), hashlib.sha256(tools)
        for path in sorted([*(self._folder / "src").rglob("*"), self._folder / "linker.ld", self._folder / "platformio.ini"]):
            if path.is_file() and path.name != Path(BUILD_ID_HEADER).name:
                content = _MODEL_COUNT.sub(b"", _BANNER.sub(b"", path.read_bytes()))
                of_models = path.stem in _OF_MODELS or "kernels" in path.parts or b"_invoke(void)" in content
                (own if of_models else common).update(f"\0{path.relative_to(self._folder)}\0".encode() + content)
        return Keys(own.hexdigest(), common.hexdigest())

    def _own_sources(self) -> set[str]:
        """Names of the C files that the models decide about."""
        sources = (self._folder / "src").glob("*.c")
        return {*(f"{name}.c" for name in _OF_MODELS), *(path.name for path in sources if "_invoke(void) {" in path.read_text("utf-8"))}

    def link(self, models: Sequence[Model], runtime: Runtime, board: Board | None = None) -> Linked:
        """The image with `models`; `board`: the same one with memories of other sizes.

        Raises CalledProcessError where a compiler refuses, as a linker does for want of room.
        """
        self.generate(models, runtime, board)
        return self.link_generated()

    def link_generated(self) -> Linked:
        """The image of what `generate` wrote last."""
        small = _small_sources(self._folder / "platformio.ini")
        own = self._own_sources()
        count = _MODEL_COUNT.findall((self._folder / "src" / "firmware_config.h").read_bytes())
        if count != self._model_count:  # a number in all other files, too
            self._kept, self._model_count = {}, count
        objects = []
        for source in sorted((self._folder / "src").glob("*.c")):
            if source.name in own or source.name not in self._kept:
                self._kept[source.name] = self._compile(source, small=any(source.match(pattern) for pattern in small))
            objects.append(self._kept[source.name])
        elf = self._folder / "firmware.elf"
        self._run([*self._gcc, *self._link_flags, *map(str, objects), "-o", str(elf)])
        model_object = next(self._kept[name] for name in sorted(own - {"inference.c", "aot_arena.c"}))
        return _linked(elf, frames_below_invoke(model_object.with_suffix(".ci"), model_object, self._gcc[0].removesuffix("gcc")))

    def _compile(self, source: Path, *, small: bool) -> Path:
        made = self._folder / "objects" / f"{source.stem}.o"
        made.parent.mkdir(exist_ok=True)
        self._run([*self._gcc, *_SOURCE_FLAGS, *(["-Os"] if small else []), "-c", str(source), "-o", str(made)])
        return made

    def _run(self, words: list[str]) -> None:
        subprocess.run(words, cwd=self._folder, check=True, capture_output=True)


@functools.cache
def compiler_version(program: str) -> str:
    """The first line of what a compiler says of itself."""
    return subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.splitlines()[0]


def _small_sources(ini: Path) -> list[str]:
    """Patterns of the sources that are compiled for size."""
    listed = ini.read_text("utf-8").partition("custom_small_sources =\n")[2]
    return [line.strip() for line in listed.partition("\nmonitor_speed")[0].splitlines()]


def _linked(elf: Path, frames: Mapping[str, Frame]) -> Linked:
    size = read_footprint(elf)
    with elf.open("rb") as stream:
        table = ELFFile(stream).get_section_by_name(".symtab")
        symbols = {(one.name, one["st_value"], one["st_size"]) for one in table.iter_symbols() if one["st_info"]["type"] == "STT_OBJECT"}
    records = Counter({name: size_bytes for name, _, size_bytes in symbols if _RECORD.search(name)})
    stack_bytes = max(frame.depth_bytes for frame in frames.values())
    routines = {part.name: part.size_bytes for part in read_image_parts(elf) if part.group == "libc" and part.memory == "flash"}
    return Linked(size.flash_bytes, size.ram_bytes, size.arena_bytes, size.weights_bytes, records.total(), stack_bytes, frames, routines)
