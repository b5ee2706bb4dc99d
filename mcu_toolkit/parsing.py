"""JSON and TOML that others wrote: whatever is wrong with it is an InputError, also what would end Python's own parsers."""

from __future__ import annotations

import importlib  # every command starts faster without what only some need
import json
import sys
from typing import Any

from mcu_toolkit.errors import InputError

_DEEPEST = 100
"""Levels of brackets: what people and tools write has ten or so; Python's parsers give up near a thousand, each in its own way."""


def parse_json(content: bytes | str, on: object, *, expected: str | None = None, hint: str | None = None) -> Any:
    """The value of a JSON text in UTF-8; raises InputError about `on`, also where it is too deep or holds half a character."""
    try:
        value = json.loads(content)
    except RecursionError:
        raise _too_deep("JSON", on, hint) from None
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError are kinds of it; numbers of too many digits
        raise InputError(f"not valid JSON: {error}", on=on, expected=expected, hint=hint) from None
    _check(value, "JSON", on, hint)
    return value


def parse_toml(content: bytes, on: object, *, expected: str | None = None, hint: str | None = None) -> dict[str, Any]:
    """The table of a TOML text in UTF-8; raises InputError about `on`, also where it is too deep."""
    tomllib = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        table: dict[str, Any] = tomllib.loads(content.decode("utf-8"))
    except RecursionError:
        raise _too_deep("TOML", on, hint) from None
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError are kinds of it
        raise InputError(f"not valid TOML: {error}", on=on, expected=expected, hint=hint) from None
    _check(table, "TOML", on, hint)
    return table


def _check(value: Any, kind: str, on: object, hint: str | None) -> None:
    """Refuse a value that is too deep for what handles it later, and texts that cannot be written down as UTF-8."""
    level = [value]
    for _ in range(_DEEPEST):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below += [*item.keys(), *item.values()]
            elif isinstance(item, list):
                below += item
            elif isinstance(item, str) and not _is_text(item):
                raise InputError(
                    f"holds {item.encode('ascii', 'backslashreplace').decode()[:80]!r}: half of a surrogate pair, which is no character",
                    on=on,
                    expected="text in UTF-8",
                    hint=hint,
                )
        if not below:
            return
        level = below
    raise _too_deep(kind, on, hint)


def _is_text(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _too_deep(kind: str, on: object, hint: str | None) -> InputError:
    return InputError(
        f"the {kind} is nested more than {_DEEPEST} levels deep", on=on, expected=f"{kind} as the toolkit documents it", hint=hint
    )
