"""Which values of `mcu.toml` an option takes: TOML knows texts from lists and numbers, and what is refused here names the key."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mcu_toolkit.errors import InputError

_A_PATH = 'the path of a file or folder, a text such as "data.npz"'
_SHOWN = 60


def options_of(command: Any) -> dict[str, Any]:
    """The parameters of a Typer command by name, each with the type that its function declares."""
    hints = typing.get_type_hints(command.callback) if command.callback is not None else {}
    return {parameter.name: hints.get(parameter.name, str) for parameter in command.params}


def fits(value: Any, hint: Any) -> bool:
    """True where `value`, as TOML has it, is one of the type `hint`."""
    wanted = _without_none(hint)
    if _is_list(wanted):
        [item, *_] = typing.get_args(wanted)
        return isinstance(value, list) and all(fits(one, item) for one in value)
    if wanted is Path:
        return isinstance(value, str) and value.strip() != "" and "\0" not in value
    if wanted in (bool, int):
        return type(value) is wanted
    if wanted is float:
        return type(value) in (int, float)
    return isinstance(value, str)


def require_fitting(key: str, value: Any, hints: Iterable[Any], section: str, path: Path) -> None:
    """Raise InputError unless `value` is of one of the types `hints`."""
    wanted = list(hints)
    if any(fits(value, hint) for hint in wanted):
        return
    shown = repr(value)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
    raise InputError(f"key '{key}' in [{section}] is {shown}", on=path, expected=" or ".join(dict.fromkeys(map(_expected, wanted))))


def fitting(values: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `values` that are options of a command, and of their types."""
    return {key: value for key, value in values.items() if key in options and fits(value, options[key])}


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next(one for one in typing.get_args(hint) if one is not type(None))
    return hint


def _is_list(hint: Any) -> bool:
    return typing.get_origin(hint) in (list, tuple)


def _expected(hint: Any) -> str:
    wanted = _without_none(hint)
    if _is_list(wanted):
        return 'a list of texts, ["a", "b"]' if typing.get_args(wanted)[0] in (str, Path) else "a list"
    known = {Path: _A_PATH, bool: "true or false", int: "a whole number", float: "a number"}
    return known.get(wanted, "a text in quotes")
