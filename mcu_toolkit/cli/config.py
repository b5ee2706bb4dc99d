"""`mcu.toml`: defaults for every command, found in the working directory or one above it.

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

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from mcu_toolkit.errors import InputError
from mcu_toolkit.files import read_bytes

CONFIG_NAME = "mcu.toml"
_PATHS = frozenset({"data", "keras", "output", "json", "model", "models", "project"})


_applied: list[Path] = []


def apply_config(context: typer.Context) -> None:
    """Give the nearest `mcu.toml`, if there is one, to the commands of `context`; a few file lookups where there is none."""
    path = find_config(Path.cwd())
    if path is None:
        return
    group: Any = context.command
    known = {name: frozenset(option.name for option in command.params) for name, command in group.commands.items()}
    context.default_map = default_map(path, known)
    _applied.append(path)


def applied_config() -> Path | None:
    """The file that gave defaults to the running command, for messages about values the user did not type."""
    return _applied[-1] if _applied else None


def find_config(start: Path) -> Path | None:
    """The nearest `mcu.toml` in `start` or a folder above it."""
    for folder in (start, *start.parents):
        if (folder / CONFIG_NAME).is_file():
            return folder / CONFIG_NAME
    return None


def default_map(path: Path, commands: Mapping[str, frozenset[str]]) -> dict[str, dict[str, Any]]:
    """Defaults by command; `commands` maps each command to the names of its parameters.

    Raises InputError for TOML that cannot be read, unknown sections and keys no command has.
    """
    # Only where there is a file to read: every command starts faster without it.
    tomllib = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        table = tomllib.loads(read_bytes(path, kind="configuration").decode("utf-8"))
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError are kinds of it
        raise InputError(f"not valid TOML: {error}", on=path) from None
    shared = _section(table.pop("defaults", {}), "defaults", path)
    everywhere = frozenset().union(*commands.values())
    _refuse_unknown(shared, everywhere, "defaults", path)
    shared |= _tflm_defaults(table.pop("tflm", {}), path)
    defaults = {name: {key: value for key, value in shared.items() if key in known} for name, known in commands.items()}
    for name, values in table.items():
        _section(values, name, path)
        if name not in commands:
            raise InputError(f"unknown section [{name}]", on=path, expected=f"[defaults] or a command: {', '.join(sorted(commands))}")
        own = _section(values, name, path)
        _refuse_unknown(own, commands[name], name, path)
        defaults[name].update(own)
    return defaults


def _section(values: object, name: str, path: Path) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise InputError(f"'{name}' is not a section", on=path, expected="keys below [defaults] or below a command such as [deploy]")
    return {key: _from_file(key, value, path) for key, value in values.items()}


def _tflm_defaults(values: object, path: Path) -> dict[str, Any]:
    """[tflm]: `library` is what --tflm-library says, `kernels` what --kernels says; a folder is relative to the file."""
    section = _section(values, "tflm", path)
    _refuse_unknown(section, frozenset({"library", "kernels"}), "tflm", path)
    defaults = {"kernels": section["kernels"]} if "kernels" in section else {}
    if "library" in section:
        library = str(section["library"])
        folder = (path.parent / library.removeprefix("symlink://")).absolute()
        defaults["tflm_library"] = str(folder) if folder.is_dir() else library
    return defaults


def _from_file(key: str, value: Any, path: Path) -> Any:
    is_path = key in _PATHS or (key == "board" and str(value).endswith(".toml"))
    if is_path and isinstance(value, str):
        return str(path.parent / value)
    if key in _PATHS and isinstance(value, list):
        return [str(path.parent / str(item)) for item in value]
    return value


def _refuse_unknown(values: Mapping[str, Any], known: frozenset[str], name: str, path: Path) -> None:
    for key in values:
        if key not in known:
            raise InputError(f"unknown key '{key}' in [{name}]", on=path, expected=f"one of {', '.join(sorted(known))}")
