"""What copies of the TFLM library take in flash, by operator: measured figures with their date and source, and the row for a library.

`python -m benchmarks.tflm_sizes` measures a row: what the linker takes from the library for each operator alone.  Operators share code, so
a row lists pieces with the operators that need each, and a piece counts once.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from mcu_toolkit.boards.core_table import CORES
from mcu_toolkit.runtimes.tflm.library import Library
from mcu_toolkit.system.records import from_plain
from mcu_toolkit.system.resources import tflm_sizes_dir

_DEFAULT_NAME = "Chirale_TensorFLowLite"
"""Stands for libraries that nobody measured where TFLM's date says nothing of them."""
UNMEASURED_BYTES = 5_000
"""A kernel that no row has: a middle one of those that rows have."""


@dataclass(frozen=True)
class Piece:
    """Functions and tables that the same operators need."""

    flash_bytes: int
    operators: tuple[str, ...]
    """As `operator_key` names them."""


@dataclass(frozen=True)
class LibrarySizes:
    """The row of one library on one core."""

    library: str
    """As its manifest names it."""
    version: str
    tflm: str
    """Which TFLM is in it, in words."""
    source: str
    """Repository and commit."""
    measured: str
    """The day, ISO."""
    how: str
    core: str
    compiler: str
    firmware_bytes: int
    """Interpreter, planner, our firmware, the C library, without operators and models."""
    ram_bytes: int
    """TFLM's objects, the C library and our variables; arena and the link's buffers are not in it."""
    operators: tuple[str, ...]
    """Those that were measured."""
    pieces: tuple[Piece, ...]

    @property
    def called(self) -> str:
        """For messages."""
        return f"{self.library} {self.version}"

    def kernel_bytes(self, operators: Iterable[str]) -> int:
        """Of the measured ones among `operators`, in one image."""
        there = set(operators) & set(self.operators)
        return sum(piece.flash_bytes for piece in self.pieces if not there.isdisjoint(piece.operators))


@dataclass(frozen=True)
class Row:
    """The figures for a library, and how far they are its own."""

    sizes: LibrarySizes
    is_own: bool
    """False where others stand for it: of another name or version, of other kernels, of another family of cores."""


def operator_key(operator: str, *, int8_only: bool) -> str:
    """An operator as rows name it: `CONV_2D`, `CONV_2D int8` where only the int8 kernel is registered."""
    return f"{operator} int8" if int8_only else operator


@functools.cache
def all_sizes() -> tuple[LibrarySizes, ...]:
    """Every row, by file name."""
    paths = sorted(tflm_sizes_dir().glob("*.json"))
    return tuple(from_plain(LibrarySizes, json.loads(path.read_text("utf-8"))) for path in paths)


def row_of(library: Library, core: str) -> Row:
    """The row of the same name and version, of the same core where there is one; else the one that is most like it."""
    named = [one for one in all_sizes() if one.library.lower() == library.name.lower()]
    own = [one for one in named if one.version == library.version]
    candidates = own or named or [one for one in all_sizes() if one.library == _nearest_name(library)]
    sizes = min(candidates, key=lambda one: (one.core != core, one.core != "cortex-m4f"))
    has_its_kernels = library.facts is None or library.facts.kernels == "CMSIS-NN"
    return Row(sizes, bool(own) and has_its_kernels and CORES[core].family == CORES[sizes.core].family)


def _nearest_name(library: Library) -> str:
    """Libraries whose date is known are newer than both rows: the row with the newest TFLM is most like them."""
    newest = max(all_sizes(), key=lambda one: one.measured)
    return newest.library if library.facts is not None and library.facts.since else _DEFAULT_NAME


def unmeasured_bytes(sizes: LibrarySizes, operators: Collection[str]) -> tuple[int, tuple[str, ...]]:
    """(bytes, names) of those of `operators` that `sizes` has no figures of: what another row has of them, else a middle kernel each."""
    missing = tuple(sorted(set(operators) - set(sizes.operators)))
    known = set(operators) & set(sizes.operators)
    found = 0
    left = set(missing)
    for other in all_sizes():
        there = left & set(other.operators)
        if other is not sizes and there:
            found += other.kernel_bytes(known | there) - other.kernel_bytes(known)
            left -= there
    return found + UNMEASURED_BYTES * len(left), missing
