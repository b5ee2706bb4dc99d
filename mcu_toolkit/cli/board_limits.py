"""`[limits.<board>]` of `mcu.toml`: what a board may take at most, for every command that measures it.

[limits.netduinoplus2]
flash = "64K"           # a measure of --limit: a number, or a text with a unit
cycles = "5M"
min_accuracy = 0.95     # and the limits of accuracy
max_drop = 0.01
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mcu_toolkit.errors import InputError, UnknownNameError

if TYPE_CHECKING:  # few folders have such a section, and its classes take a while
    from mcu_toolkit.report import Limits

SECTION = "limits"
ACCURACY = ("min_accuracy", "max_drop")
"""Keys of a section that are no measures of `--limit`."""
_SHOWN = 60
_found: list[tuple[object, Path]] = []
"""The section, and the file that has it: it is read by the commands that have limits, and is in nobody else's way."""


def keep_board_limits(table: object, path: Path) -> None:
    """Remember the section `table` of the file `path`."""
    _found[:] = [(table, path)]


def forget_board_limits() -> None:
    """Before another command line in the same process."""
    _found.clear()


def board_limits(tell: Callable[[str], None]) -> Mapping[str, Limits]:
    """By the board's id; empty where no mcu.toml has any.  Raises InputError for what is no limit.

    A board that nobody knows may be a custom one: a warning says that its name may be misspelt.
    """
    return {board: limits for table, path in _found for board, limits in _read(table, path, tell)}


def _read(table: object, path: Path, tell: Callable[[str], None]) -> Iterator[tuple[str, Limits]]:
    from mcu_toolkit.boards.load import board_ids

    if not isinstance(table, dict) or not all(isinstance(section, dict) for section in table.values()):
        raise InputError("'limits' is not made of sections of boards", on=path, expected='[limits.netduinoplus2] with flash = "64K" below')
    known = frozenset(board_ids())
    for board, section in table.items():
        yield board, _limits(board, section, path)
        if board not in known:
            tell(f"[limits.{board}] of {path} is for no board of the toolkit: it counts for a custom board of that id")


def _limits(board: str, section: Mapping[str, object], path: Path) -> Limits:
    from mcu_toolkit.report import Limits
    from mcu_toolkit.report.measures import LIMITED, measure

    where = f"{path}, [limits.{board}]"
    shares: dict[str, float] = {}
    most: dict[str, float] = {}
    for key, value in section.items():
        if key in ACCURACY:
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
                raise InputError(f"{key} is {_shown(value)}", on=where, expected="a share from 0 to 1, such as 0.95")
            shares[key] = float(value)
        else:
            try:
                one = measure(key, (*LIMITED, *ACCURACY))
            except UnknownNameError as error:
                raise InputError(error.what, on=where, expected=error.expected) from None
            if isinstance(value, bool) or not isinstance(value, (int, float, str)):
                raise InputError(f"{key} is {_shown(value)}", on=where, expected='a number, or a text such as "64K"')
            most[key] = one.parsed(str(value), where)
    return Limits(0, shares.get("min_accuracy"), shares.get("max_drop"), most)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
