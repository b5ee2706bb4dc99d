"""JSON and TOML that others wrote: whatever is wrong with it is a ValueError, also what would end Python's own parsers."""

from __future__ import annotations

import importlib  # every command starts faster without what only some need
import json
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mcu_toolkit.errors import InputError

_DEEPEST = 100
"""Levels of brackets: what people and tools write has ten or so; Python's parsers give up near a thousand, each in its own way."""
_MAX_BYTES = 64 << 20
_MOST_DIGITS = 300
"""Of an integer: what has more is no float either; and Python refuses 4,300 in words of its own."""
_ENDLESS = 10**_MOST_DIGITS


def json_value(content: bytes | str) -> Any:
    """The value of a JSON text; raises ValueError, also where it is too deep or too large, or holds half a character."""
    _refuse_large(content)
    try:
        value = json.loads(content if isinstance(content, str) else _decoded(content, json.detect_encoding(content)), parse_int=_integer)
    except RecursionError:
        raise _too_deep() from None
    _check(value)
    return value


def toml_table(content: bytes) -> dict[str, Any]:
    """The table of a TOML text in UTF-8; raises ValueError as `json_value` does."""
    tomllib = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    _refuse_large(content)
    text = _decoded(content, "utf-8")
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        # Python's own words about a number that it will not read, which name a switch of the interpreter.
        raise _too_many_digits() if "integer string conversion" in str(error) else error from None
    _check(table)
    return dict(table)


_KINDS: Mapping[type, str] = MappingProxyType(
    {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number", type(None): "null"}
)


def json_kind(value: object) -> str:
    """What JSON calls a value of this type: `a list`."""
    return _KINDS.get(type(value), type(value).__name__)  # the latter for the dates of TOML


def object_of(value: object, what: str) -> dict[str, object]:
    """`value`, called `what` in the message, where it is an object of JSON (a table of TOML); raises ValueError for anything else."""
    if not isinstance(value, dict):
        raise ValueError(f"{what} is {json_kind(value)}, not an object")
    return value


def parse_toml(content: bytes, on: object) -> dict[str, Any]:
    """`toml_table`, whose ValueError becomes an InputError about `on`."""
    try:
        return toml_table(content)
    except ValueError as error:
        raise InputError(f"not valid TOML: {error}", on=on) from None


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(f"it is no text: byte {error.start} is not {encoding.upper()}") from None


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > _MOST_DIGITS:
        raise _too_many_digits()
    return int(digits)


def _refuse_large(content: bytes | str) -> None:
    if len(content) > _MAX_BYTES:
        raise ValueError(f"it has {len(content):,} characters, more than {_MAX_BYTES:,}")


def _check(value: Any) -> None:
    """Refuse a value that is too deep for what handles it later, texts that cannot be written down as UTF-8, and endless numbers."""
    level = [value]
    for _ in range(_DEEPEST):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below += [*item.keys(), *item.values()]
            elif isinstance(item, list):
                below += item
            elif isinstance(item, str) and not _is_text(item):
                shown = item.encode("ascii", "backslashreplace").decode()[:80]
                raise ValueError(f"it holds '{shown}' with half of a surrogate pair, which is no character")
            elif isinstance(item, int) and abs(item) >= _ENDLESS:
                raise _too_many_digits()
        if not below:
            return
        level = below
    raise _too_deep()


def _is_text(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _too_many_digits() -> ValueError:
    return ValueError(f"it holds an integer of more than {_MOST_DIGITS:,} digits")


def _too_deep() -> ValueError:
    return ValueError(f"it is nested more than {_DEEPEST} levels deep")
