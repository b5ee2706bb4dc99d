"""Clang in GCC's place: boards whose firmware it builds, and commands that compile with it as the platform does."""

from __future__ import annotations

import dataclasses
import runpy
from functools import cache

import pytest

from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.build import compiler_of
from mcu_toolkit.system.process import find_tool
from mcu_toolkit.system.resources import pio_platform_dir

BUILDER = pio_platform_dir() / "mcu_toolkit/builder"
CLANG = runpy.run_path(str(BUILDER / "clang.py"))


def compiled_with(compiler: str, board: Board) -> Board:
    """`board` as a board file with that compiler makes it; skips the test where Clang is wanted and missing."""
    if compiler == "gcc":
        return board
    require_clang()
    options = (*board.platformio.options, ("custom_compiler", compiler))
    return dataclasses.replace(board, platformio=dataclasses.replace(board.platformio, options=options))


def require_clang() -> None:
    """Skips the test where Clang or what it links with is missing; `make setup-dev`, which CI runs, installs all."""
    missing = CLANG["missing_programs"](find_tool)
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}; make setup-dev installs them")


def clang_command(board: Board) -> list[str]:
    """The words that begin a command which compiles for `board` with Clang; skips the test where Clang is missing."""
    require_clang()
    return _command(board.id)


@cache
def _command(board_id: str) -> list[str]:
    """Kept: GCC is asked where its headers are."""
    return ["clang", *CLANG["clang_of"](compiler_of(load_board(board_id))).compile_flags]
