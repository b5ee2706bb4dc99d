"""Tables of JSON and TOML become frozen dataclasses, and the way back: the one place where a text's keys and types are checked.

What a field may be: `str`, `int`, `float` (a whole number will do), `bool`, `Path` (a text), `Literal`, another dataclass (a
table), a tuple of any of these (a list), a tuple of (name, text) pairs (a table, which is only read), or one of these or None
(null, or left out where the field has a default).
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

from mcu_toolkit.errors import InputError

R = TypeVar("R")


def record_of(cls: type[R], table: object, on: object, *, described_in: str) -> R:
    """The dataclass `cls` with the values of `table`, as a JSON or TOML text has it.

    Raises InputError about `on` naming the key: one that is unknown, that is missing (what is expected is `described_in`), or
    whose value is of another type.
    """
    reader = _Reader(on, described_in)
    return typing.cast(R, reader.record(cls, table, ""))


def record_text(record: object) -> str:
    """A dataclass as JSON, as `record_of` reads it; paths become texts."""
    return json.dumps(dataclasses.asdict(typing.cast(Any, record)), default=str)


def record_of_text(cls: type[R], text: str | bytes) -> R:
    """The inverse of `record_text`, for what another process of ours wrote: a path in it need not be Unicode."""
    return record_of(cls, json.loads(text), f"a {cls.__name__} from another process", described_in="what record_text writes")


@dataclasses.dataclass(frozen=True)
class _Reader:
    on: object
    described_in: str

    def record(self, cls: type[Any], table: object, prefix: str) -> Any:
        if not isinstance(table, dict):
            raise self._wrong(prefix.rstrip("."), table, "a value of type dict")
        hints = typing.get_type_hints(cls)
        fields = {field.name: field for field in dataclasses.fields(cls)}
        for key in table:
            if key not in fields:
                raise InputError(f"unknown key '{prefix}{key}'", on=self.on, expected=f"one of {', '.join(sorted(fields))}")
        values = {}
        for name, field in fields.items():
            if name in table:
                values[name] = self._value(hints[name], table[name], f"{prefix}{name}")
            elif field.default is dataclasses.MISSING:
                raise InputError(f"key '{prefix}{name}' is missing", on=self.on, expected=self.described_in)
        return cls(**values)

    def _value(self, hint: Any, value: object, key: str) -> Any:
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin in (typing.Union, types.UnionType):
            kept = next(argument for argument in arguments if argument is not types.NoneType)
            return None if value is None and types.NoneType in arguments else self._value(kept, value, key)
        if origin is typing.Literal:
            if value not in arguments:
                raise InputError(f"key '{key}' is '{value}'", on=self.on, expected=f"one of {', '.join(map(str, arguments))}")
            return value
        if origin is tuple:
            return self._tuple(arguments[0], value, key)
        if dataclasses.is_dataclass(hint):
            return self.record(typing.cast("type[Any]", hint), self._of_type(dict, value, key), f"{key}.")
        return self._plain(hint, value, key)

    def _plain(self, hint: Any, value: object, key: str) -> Any:
        if hint is Path:
            return Path(self._of_type(str, value, key))
        return float(value) if hint is float and type(value) is int else self._of_type(hint, value, key)

    def _tuple(self, item: Any, value: object, key: str) -> tuple[Any, ...]:
        if typing.get_origin(item) is tuple:  # (name, text) pairs
            table = self._of_type(dict, value, key)
            return tuple((name, self._of_type(str, text, f"{key}.{name}")) for name, text in table.items())
        return tuple(self._value(item, one, key) for one in self._of_type(list, value, key))

    def _of_type(self, expected: type[Any], value: object, key: str) -> Any:
        if not isinstance(value, expected) or (expected in (int, float) and isinstance(value, bool)):
            raise self._wrong(key, value, f"a value of type {expected.__name__}")
        return value

    def _wrong(self, key: str, value: object, expected: str) -> InputError:
        what = f"key '{key}'" if key else "it"
        return InputError(f"{what} is {value!r}", on=self.on, expected=expected)
