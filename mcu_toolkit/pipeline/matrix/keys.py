"""The key of a job: a hash of all that its result depends on, so that a result is kept exactly as long as it holds."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

from mcu_toolkit.boards import Board
from mcu_toolkit.errors import McuError
from mcu_toolkit.pipeline.matrix.records import JobSpec
from mcu_toolkit.pipeline.workspace.up_to_date import digest_of, package_code
from mcu_toolkit.runtimes.base import Runtime
from mcu_toolkit.system.files import sha256_hex
from mcu_toolkit.system.json_text import json_text
from mcu_toolkit.system.process import find_tool, run
from mcu_toolkit.system.resources import pio_platform_dir, templates_dir
from mcu_toolkit.version import __version__

_DECIDES_NOTHING = frozenset({"cli", "train", "__pycache__"})
"""Folders of the package that no result of a job depends on."""


def key_of(spec: JobSpec, board: Board, runtime: Runtime) -> str:
    """The key of a job whose `runtime` is configured as `spec` says; raises what the runtime says of a library that is none.

    It covers the model, the data and the options, the board, the library of the runtime, the toolkit's own code, and the versions
    of this machine's compiler and emulator.  Where jobs run on other machines, their tools are not in it.
    """
    parts = (json_text(spec), repr(board), runtime.settings(board), __version__, _code(), *_tools(board))
    return sha256_hex("\0".join(parts).encode())


@functools.cache
def _code() -> str:
    [package] = package_code("")
    parts = (path for path in sorted(package.iterdir()) if path.name not in _DECIDES_NOTHING)
    return sha256_hex("".join(map(digest_of, (*parts, templates_dir(), pio_platform_dir()))).encode())


def _tools(board: Board) -> Iterator[str]:
    compiler = board.core_facts.compiler
    if compiler is not None:
        yield _version(compiler.program)
    if board.emulator is not None and board.emulator.program:
        yield _version(board.emulator.program)


@functools.cache
def _version(program: str) -> str:
    """What `program --version` says; empty where it is not here."""
    found: Path | None = find_tool(program)
    if found is None:
        return ""
    try:
        return run([found, "--version"], timeout_s=60).output
    except McuError:
        return ""
