"""`mcu.toml`: defaults for every command, found in the working directory or one above it.

The search ends at the root of the project (the folder with .git or the like), at the home folder, and where the folders
begin to belong to somebody else; a file that another user could have written is not read, and that is said (docs/security.md).

    [defaults]              # every command that has the option
    board = "netduinoplus2"
    data = "data.npz"       # paths are relative to the file

    [tflm]                  # the library of the tflm runtime
    library = "../tflm"     # a folder, or any PlatformIO library specification

    [limits.netduinoplus2]  # what a board may take at most: cli/board_limits.py
    flash = "64K"

    [matrix.ports]          # what is no option of mcu matrix: cli/matrix_tables.py
    nano33ble = "/dev/ttyACM0"

    [deploy]                # one command
    random = 100

Keys are the long options with `-` as `_`; what the command line says wins.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mcu_toolkit.cli.board_limits import SECTION, keep_board_limits
from mcu_toolkit.cli.config_types import Option, Options, Value, fitting, options_of
from mcu_toolkit.cli.json_output import STANDARD_OUTPUT
from mcu_toolkit.cli.matrix_tables import SECTION as MATRIX
from mcu_toolkit.cli.matrix_tables import keep_matrix_tables
from mcu_toolkit.cli.wrapping import fitted
from mcu_toolkit.errors import InputError
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.ownership import doubt_about
from mcu_toolkit.system.parsing import parse_toml

if TYPE_CHECKING:  # every command reads this module, and few files need a runtime
    from mcu_toolkit.runtimes.base import ConfigKey

CONFIG_NAME = "mcu.toml"
_PROJECT_ROOTS = (".git", ".hg", ".svn", ".jj", ".bzr", "_darcs", ".fslckout")
"""What marks the root of a project, for the usual version controls; .git is a file in work trees and submodules."""
_PATHS = frozenset({"data", "keras", "output", "json", "model", "models", "project", "outputs", "baseline", "junit"})


_applied: list[Path] = []


def apply_config(context: typer.Context, whole: Callable[[], Any]) -> None:
    """Give the nearest `mcu.toml`, if there is one, to the commands of the group `whole()`, which are all there are, and say so.

    A few file lookups where there is none.
    """
    path = find_config(working_folder(), tell)
    if path is None:
        return
    context.default_map = default_map(path, {name: options_of(command) for name, command in whole().commands.items()})
    _applied.append(path)
    if context.default_map.get(context.invoked_subcommand or ""):
        tell(f"defaults from {path}")


def applied_config() -> Path | None:
    """The file that gave defaults to the running command, for messages about values the user did not type."""
    return _applied[-1] if _applied else None


def find_config(start: Path, tell: Callable[[str], None]) -> Path | None:
    """The nearest `mcu.toml` in `start` or a folder above it, as far as these are one project of one user.

    One that another user could have written is not read, and `tell` gets a message; nothing above it is looked at either.
    """
    home = _home()
    owner = _owner(start)
    for folder in (start, *start.parents):
        path = folder / CONFIG_NAME
        doubt = doubt_about(folder) or (None if _owner(folder) == owner else "belongs to another user than the working directory")
        doubt = f"its folder {doubt}" if doubt else doubt_about(path)
        if path.is_file() and doubt is None:
            return path
        if os.path.lexists(path) and doubt is not None:
            tell(f"{path} is not read: {doubt}")
        if doubt is not None or folder == home or any((folder / name).exists() for name in _PROJECT_ROOTS):
            return None
    return None


def working_folder() -> Path:
    """The working directory; raises InputError where it is gone."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise InputError("the working directory does not exist any more", hint="cd to a folder that does") from None


def _home() -> Path | None:
    try:
        return Path.home().resolve()
    except (OSError, RuntimeError):  # no home folder is known
        return None


def _owner(folder: Path) -> int | None:
    try:
        return folder.stat().st_uid
    except OSError:
        return None


def tell(text: str) -> None:
    """Say something on stderr, whatever is printed on stdout."""
    print(fitted(text, sys.stderr), file=sys.stderr)


def default_map(path: Path, commands: Mapping[str, Options]) -> dict[str, dict[str, Value]]:
    """Defaults by command, as Click takes them; `commands` maps each command to its parameters.

    Raises InputError for TOML that cannot be read, unknown sections, keys no command has, and values of other types.
    """
    table = parse_toml(read_bytes(path, kind="configuration"), path)
    if SECTION in table:
        keep_board_limits(table.pop(SECTION), path)
    keep_matrix_tables(table.get(MATRIX), path)
    every = {key: _for_all(commands.values(), key) for key in frozenset().union(*commands.values())}
    shared = _section(table.pop("defaults", {}), "defaults", every, path)
    for name in sorted(table.keys() - commands.keys()):
        if (keys := _keys_of_runtime(name)) is not None:
            shared |= _runtime_defaults(name, table.pop(name), keys, path)
    defaults = {name: _from_file(_those_of(options, shared), path) for name, options in commands.items()}
    for name, values in table.items():
        if isinstance(values, dict) and name not in commands:
            raise InputError(f"unknown section [{name}]", on=path, expected=f"[defaults] or a command: {', '.join(sorted(commands))}")
        own = _section(values, name, {key: [option] for key, option in commands.get(name, {}).items()}, path)
        defaults[name].update(_from_file(own, path))
    return defaults


def _section(values: object, name: str, options: Mapping[str, Sequence[Option]], path: Path) -> dict[str, Value]:
    """The keys of a section, each with a value that one of the options of that name takes."""
    if not isinstance(values, dict):
        raise InputError(f"'{name}' is not a section", on=path, expected="keys below [defaults] or below a command such as [deploy]")
    for key in values:
        if key not in options:
            raise InputError(f"unknown key '{key}' in [{name}]", on=path, expected=f"one of {', '.join(sorted(options))}")
    return {key: fitting(key, value, options[key], name, path) for key, value in values.items()}


def _for_all(commands: Iterable[Options], key: str) -> list[Option]:
    """The options of that name: only those of one value where there are any, because a list would be no default for them."""
    found = [options[key] for options in commands if key in options]
    return [option for option in found if not option.takes_several] or found


def _those_of(options: Options, values: Mapping[str, Value]) -> dict[str, Value]:
    """Those of `values` that a command has and takes; one value is a list of one where it takes several."""
    found: dict[str, Value] = {}
    for key, value in values.items():
        if key in options and options[key].takes(value):
            found[key] = value
        elif key in options and isinstance(value, str) and options[key].takes([value]):
            found[key] = [value]
    return found


def _keys_of_runtime(name: str) -> Mapping[str, ConfigKey] | None:
    """What the section of a runtime may hold; None where no runtime has this name."""
    from mcu_toolkit.runtimes import get_runtime, runtime_names  # most files have no such section, and this takes a while

    return get_runtime(name).traits.config if name in runtime_names() else None


def _runtime_defaults(runtime: str, values: object, keys: Mapping[str, ConfigKey], path: Path) -> dict[str, Value]:
    """The section of a runtime: each of its keys gives a default to an option; a folder is relative to the file."""
    options = {key: [Option(Path if known.may_be_a_folder else str)] for key, known in keys.items()}
    defaults: dict[str, Value] = {}
    for key, value in _section(values, runtime, options, path).items():
        text = str(value)
        folder = (path.parent / text.removeprefix("symlink://")).absolute()
        defaults[keys[key].option] = str(folder) if keys[key].may_be_a_folder and folder.is_dir() else text
    return defaults


def _from_file(values: Mapping[str, Value], path: Path) -> dict[str, Value]:
    """`values` with paths as seen from the file's folder."""
    return {key: _value_from_file(key, value, path) for key, value in values.items()}


def _value_from_file(key: str, value: Value, path: Path) -> Value:
    if key == "json" and value == str(STANDARD_OUTPUT):
        return value
    if isinstance(value, list):
        return [_one_from_file(key, item, path) for item in value] if all(isinstance(item, str) for item in value) else value
    return _one_from_file(key, value, path) if isinstance(value, str) else value


def _one_from_file(key: str, value: object, path: Path) -> str:
    text = str(value)
    return str(path.parent / text) if key in _PATHS or (key == "board" and text.endswith(".toml")) else text
