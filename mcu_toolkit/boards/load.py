"""Reading `boards/<id>.toml`: unknown keys, missing keys and wrong types are refused with the file named."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from pathlib import Path
from typing import Any

from mcu_toolkit.boards.board import Board
from mcu_toolkit.boards.check import check_board
from mcu_toolkit.boards.trust import require_trust
from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.parsing import parse_toml
from mcu_toolkit.system.resources import boards_dir

_SUFFIX = ".toml"


def load_board(name: str) -> Board:
    """The shipped board with this id, or the board in the user's own file where `name` ends in `.toml`.

    Raises UnknownNameError with the nearest ids, or InputError naming the file and the key that is wrong; also for a file
    that would have programs of its own run and that the user has not trusted (trust.py).
    """
    own = custom_board_file(name)
    if own is not None:
        return _load_own(own)
    known = board_ids()
    if name not in known:
        raise UnknownNameError("board", name, known, hint="mcu boards, or the path of a custom .toml file")
    return _load_shipped(name)


def custom_board_file(name: str | None) -> Path | None:
    """The file that `name` names a board by; None for the id of a shipped one, and where no board is named."""
    return Path(name) if name is not None and name.endswith(_SUFFIX) else None


def board_ids() -> tuple[str, ...]:
    """The ids of all shipped boards, sorted."""
    return tuple(sorted(path.stem for path in boards_dir().glob(f"*{_SUFFIX}")))


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
    board = typing.cast(Board, _record(Board, table, path, ""))
    check_board(board, path)
    return board


def _record(cls: type[Any], given: object, path: Path, prefix: str) -> Any:
    """Build the dataclass `cls` from a TOML table, strictly."""
    table = _require(dict, given, path, prefix.rstrip("."))
    hints = typing.get_type_hints(cls)
    fields = {field.name: field for field in dataclasses.fields(cls)}
    for key in table:
        if key not in fields:
            raise InputError(f"unknown key '{prefix}{key}'", on=path, expected=f"one of {', '.join(sorted(fields))}")
    values = {}
    for name, field in fields.items():
        if name in table:
            values[name] = _value(hints[name], table[name], path, f"{prefix}{name}")
        elif field.default is dataclasses.MISSING:
            raise InputError(f"key '{prefix}{name}' is missing", on=path, expected="see boards/README.md")
    return cls(**values)


def _value(hint: Any, value: Any, path: Path, key: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _value(next(a for a in arguments if a is not type(None)), value, path, key)
    if origin is typing.Literal:
        if value not in arguments:
            raise InputError(f"key '{key}' is '{value}'", on=path, expected=f"one of {', '.join(map(str, arguments))}")
        return value
    if origin is tuple:
        return _tuple(arguments, value, path, key)
    if dataclasses.is_dataclass(hint):
        return _record(typing.cast("type[Any]", hint), value, path, f"{key}.")
    return _require(hint, value, path, key)


def _tuple(arguments: tuple[Any, ...], value: Any, path: Path, key: str) -> tuple[Any, ...]:
    if arguments[0] is str:
        return tuple(_require(str, item, path, key) for item in _require(list, value, path, key))
    table = _require(dict, value, path, key)  # tuple of (name, text) pairs
    return tuple((name, _require(str, text, path, f"{key}.{name}")) for name, text in table.items())


def _require(expected: type[Any], value: Any, path: Path, key: str) -> Any:
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        raise InputError(f"key '{key}' is {value!r}", on=path, expected=f"a value of type {expected.__name__}")
    return value
