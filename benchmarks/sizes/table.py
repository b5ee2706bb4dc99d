"""From images to the table of a core: what each kernel adds, so that the sums come out right for all images together."""

from __future__ import annotations

import datetime
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from elftools.elf.elffile import ELFFile
from scipy.optimize import nnls

from benchmarks.sizes.measure import Measured
from mcu_toolkit.artifacts.code_parts import CodeParts
from mcu_toolkit.boards import Board
from mcu_toolkit.runtimes.aot.size_table import SizeTable, UnitSize, joined
from mcu_toolkit.system.resources import templates_dir

_GLUE = 6
"""Terms beside the kernels: one for everything, statements, arguments, arrays, ports, dimensions."""
_SHRINK = 0.3
"""Weight of keeping kernels small that images do not tell apart."""


def table_of(board: Board, images: Sequence[Measured], folder: Path) -> SizeTable:
    """The table of the board's core."""
    compiler = board.core_facts.compiler
    assert compiler is not None
    units = sorted({unit for image in images for unit in image.parts.units})
    records = record_sizes(board, sorted({name for image in images for name in image.parts.records}), folder)
    terms = np.array([_terms(image.parts, units) for image in images])
    # A record that only one call reads may be gone, its fields in the code: what is there is taken off, predictions count all of them.
    wanted = np.array([image.linked.flash_bytes - image.parts.constants_bytes - image.linked.records_bytes for image in images])
    found = _solved(terms, wanted.astype(np.float64))
    stack = {unit: min(image.linked.stack_bytes for image in images if unit in image.parts.units) for unit in units}
    return SizeTable(
        core=board.core,
        measured=datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        compiler=_version(compiler.program),
        images=len(images),
        flash_base_bytes=round(found[0]),
        statement_bytes=round(float(found[1]), 2),
        argument_bytes=round(float(found[2]), 2),
        array_bytes=round(float(found[3]), 2),
        port_bytes=round(float(found[4]), 2),
        dim_bytes=round(float(found[5]), 2),
        units={unit: UnitSize(round(size), stack[unit]) for unit, size in zip(units, found[_GLUE:], strict=True)},
        layers=_single_layers(images),
        records=records,
        largest_error_bytes=round(float(np.max(wanted - terms @ found))),
    )


def _terms(parts: CodeParts, units: Sequence[str]) -> list[float]:
    has = set(parts.units)
    glue = [1.0, parts.statements, parts.arguments, parts.arrays, parts.ports, parts.dims]
    return [*glue, *(float(unit in has) for unit in units)]


def _single_layers(images: Sequence[Measured]) -> dict[str, int]:
    """The stack of images with one layer, by what that calls: the middle between the least and the most."""
    found: dict[str, list[int]] = {}
    for image in images:
        if len(image.parts.by_layer) == 1:
            found.setdefault(joined(image.parts.by_layer[0]), []).append(image.linked.stack_bytes)
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
    kernels = templates_dir() / "runtimes" / "aot" / "kernels"
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


def _version(program: str) -> str:
    return subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.splitlines()[0]
