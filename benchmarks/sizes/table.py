"""From images to the table of a core: what each kernel adds, so that the sums come out right for all images together."""

from __future__ import annotations

import datetime
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from elftools.elf.elffile import ELFFile
from scipy.optimize import nnls

from benchmarks.sizes.link import compiler_version
from benchmarks.sizes.measure import Measured
from benchmarks.sizes.unit_stacks import caller_bytes, unit_stacks
from mcu_toolkit.artifacts.code_parts import CodeParts
from mcu_toolkit.boards import Board
from mcu_toolkit.runtimes.aot.size_table import Routine, SizeTable, UnitSize, joined, routines_bytes
from mcu_toolkit.system.resources import templates_dir

_GLUE = 7
"""Terms beside the kernels: one for everything, further models, statements, arguments, arrays, ports, dimensions."""
_SHRINK = 0.3
"""Weight of keeping kernels small that images do not tell apart."""


def table_of(board: Board, images: Sequence[Measured], folder: Path) -> SizeTable:
    """The table of the board's core."""
    compiler = board.core_facts.compiler
    assert compiler is not None
    units = sorted({unit for image in images for unit in image.parts.units})
    records = record_sizes(board, sorted({name for image in images for name in image.parts.records}), folder / f"records-{board.id}")
    terms = np.array([_terms(image.parts, units) for image in images])
    routines = routines_of(images)
    # A record that only one call reads may be gone, its fields in the code: what is there is taken off, predictions count all of them.
    wanted = np.array([_own_code_bytes(image, routines) for image in images], np.float64)
    found = _solved(terms, wanted)
    stacks = unit_stacks(images)
    return SizeTable(
        core=board.core,
        measured=datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        compiler=compiler_version(compiler.program),
        images=len(images),
        caller_bytes=caller_bytes(images),
        flash_base_bytes=round(found[0]),
        model_bytes=round(float(found[1]), 2),
        statement_bytes=round(float(found[2]), 2),
        argument_bytes=round(float(found[3]), 2),
        array_bytes=round(float(found[4]), 2),
        port_bytes=round(float(found[5]), 2),
        dim_bytes=round(float(found[6]), 2),
        units={
            unit: UnitSize(round(size), stacks[unit].alone_bytes, stacks[unit].called_bytes)
            for unit, size in zip(units, found[_GLUE:], strict=True)
        },
        layers=_single_layers(images),
        records=records,
        routines=routines,
        largest_error_bytes=round(float(np.max(wanted - terms @ found))),
    )


def _terms(parts: CodeParts, units: Sequence[str]) -> list[float]:
    has = set(parts.units)
    glue = [1.0, len(parts.by_model) - 1, parts.statements, parts.arguments, parts.arrays, parts.ports, parts.dims]
    return [*glue, *(float(unit in has) for unit in units)]


def routines_of(images: Sequence[Measured]) -> dict[str, Routine]:
    """The C library's share beside what every image has: a part needs the routines that all images with it have.

    Which ones they are is known of the images, not of the parts; what one needs only sometimes is left to the sums of the parts.
    """
    everywhere = set[str].intersection(*(set(image.linked.routines) for image in images))
    needed: dict[str, set[str]] = {}
    for image in images:
        for unit in image.parts.units:
            needed[unit] = needed.get(unit, set(image.linked.routines)) & set(image.linked.routines)
    sizes = {name: size_bytes for image in images for name, size_bytes in sorted(image.linked.routines.items())}
    users = {name: tuple(sorted(unit for unit, names in needed.items() if name in names)) for name in sorted(set(sizes) - everywhere)}
    return {name: Routine(sizes[name], units) for name, units in users.items() if units}


def _own_code_bytes(image: Measured, routines: Mapping[str, Routine]) -> int:
    """Of an image, without constants, records and the C library's routines that its parts are known to need."""
    linked = image.linked
    return linked.flash_bytes - image.parts.constants_bytes - linked.records_bytes - routines_bytes(image.parts.units, routines)


def _single_layers(images: Sequence[Measured]) -> dict[str, int]:
    """The stack of images with one layer, by what that calls: the middle between the least and the most."""
    found: dict[str, list[int]] = {}
    for image in images:
        if [len(layers) for layers in image.parts.by_model] == [1]:
            found.setdefault(joined(image.parts.by_model[0][0]), []).append(image.linked.stack_bytes)
    return {key: (min(sizes) + max(sizes)) // 2 for key, sizes in found.items()}


def _solved(terms: npt.NDArray[np.float64], wanted: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """No part takes less than nothing; of parts that always come together the sum counts, and is spread."""
    columns = terms.shape[1]
    shrunk = np.vstack([terms, _SHRINK * np.eye(columns)[_GLUE:]])
    found, _ = nnls(shrunk, np.concatenate([wanted, np.zeros(columns - _GLUE)]), maxiter=100 * columns)
    return np.asarray(found, np.float64)


def record_sizes(board: Board, names: Sequence[str], folder: Path) -> dict[str, int]:
    """sizeof of every C type of a layer's record, as the compiler of the core has it."""
    compiler = board.core_facts.compiler
    assert compiler is not None
    kernels = folder / "kernels"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(templates_dir() / "runtimes" / "aot" / "kernels", kernels)
    shutil.copytree(templates_dir() / "common" / "frontend", kernels / "frontend")
    texts = {path: path.read_text("utf-8") for path in sorted(kernels.rglob("*.h"))}
    found: dict[str, int] = {}
    for name in names:
        header = next(path for path, text in texts.items() if f"}} {name};" in text)
        source = folder / "sizeof.c"
        source.write_text(f'#include "kernels/aot.h"\n#include "{header}"\nchar wanted[sizeof({name})];\n', "utf-8")
        made = source.with_suffix(".o")
        words = [
            compiler.program,
            *compiler.flags,
            "-std=c99",
            "-w",
            f"-I{kernels.parent}",
            f"-I{kernels}",
            "-c",
            str(source),
            "-o",
            str(made),
        ]
        subprocess.run(words, check=True, capture_output=True)
        with made.open("rb") as file:
            symbols = ELFFile(file).get_section_by_name(".symtab").get_symbol_by_name("wanted")
            found[name] = int(symbols[0]["st_size"])
    return found
