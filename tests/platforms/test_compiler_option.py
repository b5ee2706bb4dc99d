"""`custom_compiler` of platformio.ini: which compiler builds a firmware of our own platform."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.build import build_project
from mcu_toolkit.errors import ToolError
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from tests.compilers import CLANG, compiled_with
from tests.small_models import fully_connected


def built(board: Board, folder: Path) -> set[bytes]:
    """Who compiled the model of a firmware: the words that the compilers leave in what they make."""
    build_project(generate_project([parse_model(fully_connected(), "dense")], board, get_runtime("aot"), folder), board)
    (compiled,) = folder.rglob("dense*.o")
    return {name for name in (b"clang version", b"GCC: ") if name in compiled.read_bytes()}


@pytest.mark.slow
@pytest.mark.parametrize("board_id", ["netduinoplus2", "qemu-riscv32", "host"])
def test_a_board_is_built_by_the_compiler_that_it_names(board_id: str, tmp_path: Path) -> None:
    board = load_board(board_id)
    assert built(compiled_with("clang", board), tmp_path / "clang") == {b"clang version"}
    assert built(board, tmp_path / "gcc") == {b"GCC: "}


@pytest.mark.slow
def test_another_name_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    board = load_board("netduinoplus2")
    other = replace(board, platformio=replace(board.platformio, options=(("custom_compiler", "tcc"),)))
    with pytest.raises(ToolError, match="custom_compiler = tcc is unknown; known: gcc, clang"):
        built(other, tmp_path / "other")


def test_what_clang_needs_and_is_missing_is_named() -> None:
    assert CLANG["missing_programs"](lambda name: None if name == "ld.lld" else f"/usr/bin/{name}") == ["ld.lld"]
    assert CLANG["missing_programs"](lambda name: f"/usr/bin/{name}") == []
