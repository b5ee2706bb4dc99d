"""What is written reads back as the same board, for every board there is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mcu_toolkit.boards import Board, all_boards, load_board
from mcu_toolkit.boards.load import load_board_file
from mcu_toolkit.boards.write import render_board


@pytest.mark.parametrize("board", all_boards(), ids=lambda board: board.id)
def test_a_rendered_board_is_the_same_board(board: Board, tmp_path: Path) -> None:
    path = tmp_path / f"{board.id}.toml"
    path.write_text(render_board(board), encoding="utf-8")
    assert load_board_file(path) == board


def test_text_with_everything_that_needs_an_escape_survives(tmp_path: Path) -> None:
    board = replace(load_board("netduinoplus2"), name='a "b" \\ c \u00e9', notes="two\nlines\tand \x7f")
    path = tmp_path / "netduinoplus2.toml"
    path.write_text(render_board(board), encoding="utf-8")
    assert load_board_file(path) == board
