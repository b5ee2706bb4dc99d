"""`mcu config check`: everything that can be said of an mcu.toml or a board file before a command uses it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mcu_toolkit.boards import load_board
from mcu_toolkit.boards.load import load_board_file
from mcu_toolkit.boards.trust import own_programs
from mcu_toolkit.cli import completion
from mcu_toolkit.cli.board_limits import SECTION, board_limits, forget_board_limits
from mcu_toolkit.cli.config import CONFIG_NAME, default_map
from mcu_toolkit.cli.config_types import Option, Options
from mcu_toolkit.cli.matrix_tables import forget_matrix_tables, matrix_tables
from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.runtimes import get_runtime, runtime_names
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.parsing import parse_toml

_BOARD = "board"


@dataclass(frozen=True)
class CheckedFile:
    """A file without mistakes."""

    file: Path
    kind: Literal["configuration", "board"]
    sections: tuple[str, ...]
    """Of a configuration; of a board file its keys."""
    notes: tuple[str, ...]
    """What is allowed, and may not be what was meant."""


@dataclass(frozen=True)
class ConfigCheck:
    """What `mcu config check` looked at."""

    files: tuple[CheckedFile, ...]


def check_files(paths: Sequence[Path], commands: Mapping[str, Options]) -> StepResult[ConfigCheck]:
    """Look at each of `paths`: files called mcu.toml, and board files.  Raises InputError for the first mistake, naming file and key.

    `commands` are the options of every command.
    """
    checked = tuple(_configuration(path, commands) if path.name == CONFIG_NAME else _board(path) for path in paths)
    lines = []
    for one in checked:
        what = "configuration" if one.kind == "configuration" else "board file"
        lines += [f"{one.file}: {what}, no mistakes ({', '.join(one.sections)})", *(f"  note: {note}" for note in one.notes)]
    return StepResult("config", tuple(lines), ConfigCheck(checked))


def _board(path: Path) -> CheckedFile:
    board = load_board_file(path)
    programs = [
        f"{key} = {value!r} decides what is run: such a file is trusted first, mcu boards trust" for key, value in own_programs(board)
    ]
    return CheckedFile(path, "board", tuple(parse_toml(read_bytes(path, kind="board file"), path)), tuple(programs))


def _configuration(path: Path, commands: Mapping[str, Options]) -> CheckedFile:
    notes: list[str] = []
    default_map(path, commands)  # sections, keys and types
    try:
        board_limits(notes.append)
        matrix_tables()
    finally:
        forget_board_limits()
        forget_matrix_tables()
    table = parse_toml(read_bytes(path, kind="configuration"), path)
    for section, values in table.items():
        for option, value in _options(section, values):
            of = [options for name, options in commands.items() if section not in commands or name == section]
            takers = [options[option] for options in of if option in options]
            for text in _texts(value):
                _check_word(option, text, takers, f"{path}, [{section}]")
                if option == _BOARD:
                    _check_board(text, path)
    return CheckedFile(path, "configuration", tuple(table), tuple(notes))


def _options(section: str, values: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """The options that a section gives values to; none of limits, which are checked as such."""
    if section == SECTION:
        return
    keys = get_runtime(section).traits.config if section in runtime_names() else {}
    yield from ((keys[key].option if key in keys else key, value) for key, value in values.items())


def _texts(value: object) -> Iterator[str]:
    yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))


def _check_word(key: str, text: str, options: Sequence[Option], where: str) -> None:
    """Raise InputError unless one of `options` takes the word `text`."""
    words = [completion.only_words(getattr(option.about, "autocompletion", None)) for option in options]
    if all(words):
        _require(text, tuple(dict.fromkeys(word for known in words for word in known)), key, where)


def _require(text: str, known: Sequence[str], key: str, where: str) -> None:
    if text not in known:
        raise InputError(f"{key} is '{text}'", on=where, expected=f"one of {', '.join(known)}")


def _check_board(text: str, path: Path) -> None:
    try:
        load_board(str(path.parent / text) if text.endswith(".toml") else text)
    except UnknownNameError as error:
        raise InputError(error.what, on=path, expected=error.expected, hint=error.hint) from None
