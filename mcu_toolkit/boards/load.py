"""Reading `boards/<id>.toml`: unknown keys, missing keys and wrong types are refused with the file named."""

from __future__ import annotations

import functools
from pathlib import Path

from mcu_toolkit.boards.board import Board
from mcu_toolkit.boards.check import check_board
from mcu_toolkit.boards.trust import require_trust
from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.parsing import parse_toml
from mcu_toolkit.system.records import record_of
from mcu_toolkit.system.resources import boards_dir

_SUFFIX = ".toml"


def load_board(name: str) -> Board:
    """The shipped board with this id, or the board in the user's own file where `name` ends in `.toml`.

    Raises UnknownNameError with the nearest ids, or InputError naming the file and the key that is wrong; also for a file
    that would have programs of its own run and that the user has not trusted (trust.py).
    """
    if name.endswith(_SUFFIX):
        return _load_own(Path(name))
    known = board_ids()
    if name not in known:
        raise UnknownNameError("board", name, known, hint="mcu boards, or the path of a .toml file of your own")
    return _load_shipped(name)


def board_ids() -> tuple[str, ...]:
    """The ids of all shipped boards, sorted."""
    return tuple(sorted(path.stem for path in boards_dir().glob("*.toml")))


def all_boards() -> tuple[Board, ...]:
    """Every shipped board, sorted by id."""
    return tuple(load_board(board_id) for board_id in board_ids())


@functools.lru_cache(maxsize=64)
def _load_shipped(board_id: str) -> Board:
    return load_board_file(boards_dir() / f"{board_id}{_SUFFIX}")


def _load_own(path: Path) -> Board:
    content = read_bytes(path, kind="board file")
    board = _parse(content, path)
    require_trust(board, path, content)
    return board


def load_board_file(path: Path) -> Board:
    """The board in one TOML file, whose id is the file's name, to be looked at: whether it is trusted is not asked.

    Raises InputError naming file and key.
    """
    return _parse(read_bytes(path, kind="board file"), path)


def _parse(content: bytes, path: Path) -> Board:
    table = parse_toml(content, path)
    if table.setdefault("id", path.stem) != path.stem:
        raise InputError(f"id is '{table['id']}'", on=path, expected=f"'{path.stem}', as the file is named")
    board = record_of(Board, table, path, described_in="see boards/README.md")
    check_board(board, path)
    return board
