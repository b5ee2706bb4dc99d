"""Which values of `mcu.toml` an option takes.  TOML distinguishes texts, lists and numbers; errors name the key."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from mcu_toolkit.errors import InputError

_A_PATH = 'the path of a file or folder, a text such as "data.npz"'
_SHOWN = 60
Value: TypeAlias = bool | int | float | str | list[str] | list[int] | list[float]
"""What `mcu.toml` may say about an option."""


@dataclass(frozen=True)
class Option:
    """An option of a command, as its function declares it."""

    hint: Any
    """The annotation, without `Annotated`: `int`, `Path | None`, `list[str]` ..."""
    about: Any = None
    """What Typer knows of it: help, completion, the least and the most."""

    def takes(self, value: object) -> bool:
        """True where `value`, as TOML has it, is one of this option's type."""
        return _fits(value, self.hint)

    @property
    def wanted(self) -> Any:
        """The annotation without None, of a list that of its items."""
        wanted = _without_none(self.hint)
        return typing.get_args(wanted)[0] if _is_list(wanted) else wanted

    @property
    def takes_several(self) -> bool:
        """True for an option that may be given several times."""
        return _is_list(_without_none(self.hint))

    @property
    def expected(self) -> str:
        """The values it takes, in words."""
        wanted = _without_none(self.hint)
        if _is_list(wanted):
            return 'a list of texts, ["a", "b"]' if typing.get_args(wanted)[0] in (str, Path) else "a list"
        known = {Path: _A_PATH, bool: "true or false", int: "a whole number", float: "a number"}
        return known.get(wanted, "a text in quotes")


Options: TypeAlias = Mapping[str, Option]
"""By the name of the parameter."""


def options_of(command: Any) -> Options:
    """The parameters of a Typer command by name."""
    hints = typing.get_type_hints(command.callback, include_extras=True) if command.callback is not None else {}
    return {parameter.name: _option(hints.get(parameter.name, str)) for parameter in command.params}


def _option(hint: Any) -> Option:
    if typing.get_origin(hint) is not typing.Annotated:
        return Option(hint)
    kind, about, *_ = typing.get_args(hint)
    return Option(kind, about)


def fitting(key: str, value: object, options: Iterable[Option], section: str, path: Path) -> Value:
    """`value`, which one of `options` takes; raises InputError where none does."""
    wanted = list(options)
    if any(option.takes(value) for option in wanted):
        return typing.cast(Value, value)
    shown = repr(value)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
    expected = " or ".join(dict.fromkeys(option.expected for option in wanted))
    raise InputError(f"key '{key}' in [{section}] is {shown}", on=path, expected=expected)


def _fits(value: object, hint: Any) -> bool:
    wanted = _without_none(hint)
    if _is_list(wanted):
        [item, *_] = typing.get_args(wanted)
        return isinstance(value, list) and all(_fits(one, item) for one in value)
    if wanted is Path:
        return isinstance(value, str) and value.strip() != "" and "\0" not in value
    if wanted in (bool, int):
        return type(value) is wanted
    if wanted is float:
        return type(value) in (int, float)
    return isinstance(value, str)


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next(one for one in typing.get_args(hint) if one is not type(None))
    return hint


def _is_list(hint: Any) -> bool:
    return typing.get_origin(hint) in (list, tuple)
