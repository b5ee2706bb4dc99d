"""`mcu.toml`: defaults for every command, found in the working directory or one above it.

The search ends at the root of the project (the folder with .git or the like), at the home folder, and where the folders
begin to belong to somebody else; a file that another user could have written is not read, and that is said (docs/security.md).

    [defaults]              # every command that has the option
    board = "netduinoplus2"
    data = "data.npz"       # paths are relative to the file

    [tflm]                  # the library of the tflm runtime
    library = "../tflm"     # a folder, or any PlatformIO library specification

    [deploy]                # one command
    random = 100

Keys are the long options with `-` as `_`; what the command line says wins.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import typer

from mcu_toolkit.cli.config_types import fitting, options_of, require_fitting
from mcu_toolkit.cli.json_output import STANDARD_OUTPUT
from mcu_toolkit.cli.wrapping import fitted
from mcu_toolkit.errors import InputError
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.ownership import doubt_about
from mcu_toolkit.system.parsing import parse_toml

CONFIG_NAME = "mcu.toml"
_PROJECT_ROOTS = (".git", ".hg", ".svn", ".jj", ".bzr", "_darcs", ".fslckout")
"""What marks the root of a project, for the usual version controls; .git is a file in work trees and submodules."""
_PATHS = frozenset({"data", "keras", "output", "json", "model", "models", "project"})


_applied: list[Path] = []


def apply_config(context: typer.Context) -> None:
    """Give the nearest `mcu.toml`, if there is one, to the commands of `context`, and say so; a few file lookups where there is none."""
    path = find_config(_working_folder(), tell)
    if path is None:
        return
    group: Any = context.command
    context.default_map = default_map(path, {name: options_of(command) for name, command in group.commands.items()})
    _applied.append(path)
    if context.default_map.get(context.invoked_subcommand or ""):
        tell(f"defaults from {path}")


def applied_config() -> Path | None:
    """The file that gave defaults to the running command, for messages about values the user did not type."""
    return _applied[-1] if _applied else None


def find_config(start: Path, tell: Callable[[str], None]) -> Path | None:
    """The nearest `mcu.toml` in `start` or a folder above it, as far as these are one project of one user.

    One that another user could have written is not read, and `tell` is told; nothing above it is looked at either.
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


def _working_folder() -> Path:
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


def default_map(path: Path, commands: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Defaults by command; `commands` maps each command to its parameters and their types.

    Raises InputError for TOML that cannot be read, unknown sections, keys no command has, and values of other types.
    """
    table = parse_toml(read_bytes(path, kind="configuration"), path)
    shared = _section(table.pop("defaults", {}), "defaults", path)
    _refuse_unknown(shared, frozenset().union(*commands.values()), "defaults", path)
    for key, value in shared.items():
        require_fitting(key, value, (options[key] for options in commands.values() if key in options), "defaults", path)
    for name in sorted(table.keys() - commands.keys()):
        shared |= _runtime_defaults(name, table, path)
    defaults = {name: _from_file(fitting(shared, options), path) for name, options in commands.items()}
    for name, values in table.items():
        own = _section(values, name, path)
        if name not in commands:
            raise InputError(f"unknown section [{name}]", on=path, expected=f"[defaults] or a command: {', '.join(sorted(commands))}")
        _refuse_unknown(own, commands[name].keys(), name, path)
        for key, value in own.items():
            require_fitting(key, value, [commands[name][key]], name, path)
        defaults[name].update(_from_file(own, path))
    return defaults


def _section(values: object, name: str, path: Path) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise InputError(f"'{name}' is not a section", on=path, expected="keys below [defaults] or below a command such as [deploy]")
    return dict(values)


def _runtime_defaults(runtime: str, table: dict[str, Any], path: Path) -> dict[str, Any]:
    """The section of a runtime, which is taken out of `table`; nothing where no runtime has this name.

    Each of its keys gives a default to an option; a folder is relative to the file.
    """
    from mcu_toolkit.runtimes import get_runtime, runtime_names  # most files have no such section, and this takes a while

    if runtime not in runtime_names():
        return {}
    section = _section(table.pop(runtime), runtime, path)
    keys = get_runtime(runtime).traits.config
    _refuse_unknown(section, keys, runtime, path)
    defaults = {}
    for key, value in section.items():
        require_fitting(key, value, [Path if keys[key].may_be_a_folder else str], runtime, path)
        folder = (path.parent / value.removeprefix("symlink://")).absolute()
        defaults[keys[key].option] = str(folder) if keys[key].may_be_a_folder and folder.is_dir() else value
    return defaults


def _from_file(values: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """`values` with paths as seen from the file's folder."""
    return {key: _value_from_file(key, value, path) for key, value in values.items()}


def _value_from_file(key: str, value: Any, path: Path) -> Any:
    if key == "json" and value == str(STANDARD_OUTPUT):
        return value
    is_path = key in _PATHS or (key == "board" and value.endswith(".toml"))
    if is_path and isinstance(value, list):
        return [str(path.parent / item) for item in value]
    return str(path.parent / value) if is_path else value


def _refuse_unknown(values: Mapping[str, Any], known: Collection[str], name: str, path: Path) -> None:
    for key in values:
        if key not in known:
            raise InputError(f"unknown key '{key}' in [{name}]", on=path, expected=f"one of {', '.join(sorted(known))}")
