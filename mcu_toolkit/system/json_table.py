"""An object of JSON read by key and type, where keys may be missing or unknown: what other versions of the toolkit wrote.

What this version alone reads back goes through `records.from_plain`, which refuses both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

T = TypeVar("T", str, int, bool, float)


class JsonTable:
    """An object of a JSON text.  Whatever is not as asked for is a ValueError that names the key."""

    def __init__(self, value: object, what: str = "it") -> None:
        if not isinstance(value, dict):
            raise ValueError(f"{what} is not an object")
        self._values: Mapping[str, object] = value
        self._of = "" if what == "it" else f" of {what}"

    @property
    def plain(self) -> object:
        """The object itself, for whoever reads it another way."""
        return self._values

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def is_table(self, key: str) -> bool:
        """True where `key` has an object."""
        return isinstance(self._values.get(key), dict)

    def __iter__(self) -> Iterator[str]:
        """The keys, in the order of the text."""
        return iter(self._values)

    def value(self, key: str) -> object:
        """The value of `key`, whatever it is; None where it is absent."""
        return self._values.get(key)

    def required(self, key: str, kind: type[T]) -> T:
        """The value of `key`."""
        return _checked(self._values.get(key), kind, f"'{key}'{self._of}")

    def get(self, key: str, default: T) -> T:
        """The value of `key`, of the type of `default`, which stands for one that is absent."""
        return self.required(key, type(default)) if key in self._values else default

    def optional(self, key: str, kind: type[T]) -> T | None:
        """The value of `key`; None where it is null or absent."""
        return None if self._values.get(key) is None else self.required(key, kind)

    def items(self, key: str, kind: type[T]) -> tuple[T, ...]:
        """The values of the list `key`, empty where it is absent."""
        return tuple(_checked(item, kind, f"an item of '{key}'{self._of}") for item in self._list(key))

    def tables(self, key: str) -> tuple[JsonTable, ...]:
        """The objects of the list `key`, empty where it is absent."""
        return tuple(JsonTable(item, f"an item of '{key}'{self._of}") for item in self._list(key))

    def numbers(self, key: str) -> tuple[float, ...]:
        """The numbers of the list `key`, which JSON may write with or without a point; empty where it is absent."""
        found = self._list(key)
        if any(isinstance(item, bool) or not isinstance(item, (int, float)) for item in found):
            raise ValueError(f"an item of '{key}'{self._of} is not a number")
        return tuple(float(item) for item in found if isinstance(item, (int, float)))

    def rows(self, key: str) -> tuple[tuple[int, ...], ...]:
        """The lists of integers in the list `key`, empty where it is absent."""
        rows = self._list(key)
        if not all(isinstance(row, list) for row in rows):
            raise ValueError(f"an item of '{key}'{self._of} is not a list")
        return tuple(tuple(_checked(item, int, f"an item of '{key}'{self._of}") for item in row) for row in rows if isinstance(row, list))

    def real(self, key: str) -> float | None:
        """The number `key`, which JSON may write with or without a point; None where it is null or absent."""
        value = self._values.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise ValueError(f"'{key}'{self._of} is not a number")
        return None if value is None else float(value)

    def table(self, key: str) -> JsonTable:
        """The object `key`, an empty one where it is absent."""
        return JsonTable(self._values.get(key, {}), f"'{key}'{self._of}")

    def _list(self, key: str) -> list[object]:
        found = self._values.get(key, [])
        if not isinstance(found, list):
            raise ValueError(f"'{key}'{self._of} is not a list")
        return found


def _checked(value: object, kind: type[T], what: str) -> T:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{what} is not of type {kind.__name__}")
    return value
