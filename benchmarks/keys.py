"""What a measurement depends on, as a hash: the sources of the firmware, how it is built, emulated and counted."""

from __future__ import annotations

import functools
import hashlib
import tempfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks.models import ROOT
from mcu_toolkit.boards import Board
from mcu_toolkit.build import compiler_of
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.workspace.up_to_date import digest_of
from mcu_toolkit.runtimes.base import Runtime
from mcu_toolkit.system.process import find_tool, run

_MEASURING = (
    "mcu_toolkit/build",
    "mcu_toolkit/measure",
    "mcu_toolkit/pipeline/profiling/bench.py",
    "mcu_toolkit/pipeline/profiling/counting.py",
    "pio_platform",
)
"""Code of ours that decides the figures and is not in the project."""
_TFLM = ("mcu_toolkit/runtimes/tflm", "firmware_templates/common", "firmware_templates/platforms", "firmware_templates/runtimes/tflm")


def aot_key(model: Model, board: Board, runtime: Runtime, samples: int) -> str:
    """Of a project without libraries: its own files say it all.  Raises InputError where the runtime refuses the model."""
    with tempfile.TemporaryDirectory(prefix="mcu-bench-") as folder:
        generate_project([model], board, runtime, Path(folder) / "project")
        sources = digest_of(Path(folder) / "project")
    return _digest((sources, repr(board), _compiler(board), str(samples), *_code(("benchmarks/model_code.py", *_MEASURING))))


def tflm_key(model: Model, board: Board, library: str, samples: int) -> str:
    """Of a project whose arena is measured: everything it is made from."""
    return _digest((model.sha256, repr(board), _compiler(board), _library(library), str(samples), *_code((*_MEASURING, *_TFLM))))


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@functools.cache
def _code(paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(digest_of(ROOT / path) for path in paths)


@functools.cache
def _library(specification: str) -> str:
    """The content of a folder; a name in a registry as it is."""
    return digest_of(Path(specification)) if Path(specification).is_dir() else specification


def _compiler(board: Board) -> str:
    program = find_tool(compiler_of(board).program)
    return "" if program is None else _version(program)


@functools.cache
def _version(program: Path) -> str:
    return run([program, "--version"]).output.splitlines()[0]
