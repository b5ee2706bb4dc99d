"""Frozen records as JSON and back: the one place where what stages hand to each other becomes a file or a message.

`to_plain` takes a record apart, field by field in their order; `from_plain` puts it together again and refuses whatever is not of
the declared types.  Where JSON says something in another way than Python, the field says so:

    class_index: int | None = field(metadata=named("class"))     another name in JSON
    footprint: Footprint = field(metadata=INLINE)                 its fields are those of the record around it
    application: Application | None = field(metadata=OPTIONAL)    left out where it is None
    sqnr_db: float = field(metadata=INFINITE_IS_NULL)             JSON has no infinity
    validation_loss: float = field(metadata=NAN_IS_NULL)          and no NaN: here it says that there is none

A record whose JSON is not its fields by name has a method `plain_form`; such a one is only written.  Keys of mappings are texts.

Types: None, bool, int, float, str, Path, Literal, enumerations of texts, records, `tuple[T, ...]`, `tuple[A, B]`, mappings from
text, and unions of these (the first member that fits is taken).
"""

from __future__ import annotations

import dataclasses
import functools
import math
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeVar, Union, cast, runtime_checkable

T = TypeVar("T")
_NAME, _INLINE, _OPTIONAL, _NULL_IS = "json name", "inline", "optional", "null is"
INLINE: Mapping[str, bool] = MappingProxyType({_INLINE: True})
OPTIONAL: Mapping[str, bool] = MappingProxyType({_OPTIONAL: True})
INFINITE_IS_NULL: Mapping[str, float] = MappingProxyType({_NULL_IS: math.inf})
NAN_IS_NULL: Mapping[str, float] = MappingProxyType({_NULL_IS: math.nan})


@runtime_checkable
class HasOwnForm(Protocol):
    """A record whose JSON is not its fields by name."""

    def plain_form(self) -> Any:
        """What `to_plain` makes of it."""
        ...


@dataclasses.dataclass(frozen=True)
class Empty:
    """The record of what has nothing to say: `{}`."""


def named(name: str) -> Mapping[str, str]:
    """Metadata of a field that is called `name` in JSON, because that is no name in Python or says less than ours."""
    return {_NAME: name}


def to_plain(value: object) -> Any:
    """`value` as json.dumps takes it: records and mappings are dicts, sequences lists, paths and enumerations texts."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return value.plain_form() if isinstance(value, HasOwnForm) else dict(_items(value))
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    return [to_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def without_empty(value: object) -> Any:
    """`to_plain` of a record, without the fields that are None or an empty sequence: in reports only what is known is said."""
    return {name: item for name, item in to_plain(value).items() if item is not None and item != []}


def from_plain(kind: type[T], value: object) -> T:
    """The record of class `kind` that `to_plain` made `value` of; raises ValueError saying which field is not what it should be.

    Fields that are missing take their defaults; unknown ones are refused.
    """
    return cast("T", _read(kind, value, kind.__name__))


def from_known(kind: type[T], value: object) -> T:
    """The same, without the fields of the outermost object that the record does not have: a later version may have written them."""
    given = _checked(dict, value, kind.__name__)
    return from_plain(kind, {name: item for name, item in given.items() if name in _names(cast("type", kind))})


def _items(record: Any) -> Iterator[tuple[str, Any]]:
    for one in dataclasses.fields(record):
        value = getattr(record, one.name)
        if value is None and one.metadata.get(_OPTIONAL):
            continue
        if one.metadata.get(_INLINE):
            yield from to_plain(value).items()
        else:
            is_null = _NULL_IS in one.metadata and not math.isfinite(value)
            yield one.metadata.get(_NAME, one.name), None if is_null else to_plain(value)


def _read(kind: Any, value: Any, where: str) -> Any:
    origin = typing.get_origin(kind)
    if dataclasses.is_dataclass(kind):
        return _record(cast("type", kind), value, where)
    if origin in (Union, types.UnionType):
        return _first_that_fits(typing.get_args(kind), value, where)
    if origin is tuple:
        return _tuple(typing.get_args(kind), value, where)
    if origin is not None and origin is not Literal and issubclass(origin, Mapping):
        _, of = typing.get_args(kind)
        return {key: _read(of, item, f"{where}.{key}") for key, item in _checked(dict, value, where).items()}
    if origin is Literal:
        return value if value in typing.get_args(kind) else _refuse(value, where)
    return _scalar(kind, value, where)


def _scalar(kind: Any, value: Any, where: str) -> Any:
    if kind is Any or kind is object:
        return value
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value) if value in [member.value for member in kind] else _refuse(value, where)
    if kind is Path:
        return Path(_checked(str, value, where))
    if kind is float:  # JSON does not tell 1 from 1.0; what was written is kept
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else _refuse(value, where)
    if kind is int and isinstance(value, bool):
        return _refuse(value, where)
    return _checked(kind, value, where)


def _record(kind: type, value: Any, where: str) -> Any:
    given = _checked(dict, value, where)
    unknown = sorted(given.keys() - _names(kind))
    if unknown:
        raise ValueError(f"{where} has an unknown field '{unknown[0]}'")
    return kind(**dict(_arguments(kind, given, where)))


def _arguments(kind: type, given: Mapping[str, Any], where: str) -> Iterator[tuple[str, Any]]:
    hints = _hints(kind)
    for one in dataclasses.fields(kind):
        if not one.init:
            continue
        if one.metadata.get(_INLINE):
            inner = hints[one.name]
            yield one.name, inner(**dict(_arguments(inner, given, where)))
            continue
        name = one.metadata.get(_NAME, one.name)
        if name in given and given[name] is None and _NULL_IS in one.metadata:
            yield one.name, one.metadata[_NULL_IS]
        elif name in given:
            yield one.name, _read(hints[one.name], given[name], f"{where}.{name}")
        elif one.metadata.get(_OPTIONAL):
            yield one.name, None
        elif not _has_default(one):
            raise ValueError(f"{where} has no '{name}'")


@functools.cache
def _hints(kind: type) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)


@functools.cache
def _names(kind: type) -> frozenset[str]:
    """The names in JSON of all fields, those of inlined records included."""
    names: set[str] = set()
    for one in dataclasses.fields(kind):
        names |= _names(_hints(kind)[one.name]) if one.metadata.get(_INLINE) else {one.metadata.get(_NAME, one.name)}
    return frozenset(names)


def _has_default(one: Field[Any]) -> bool:
    return one.default is not MISSING or one.default_factory is not MISSING


def _first_that_fits(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    refusals = []
    for kind in kinds:
        try:
            return _read(kind, value, where)
        except ValueError as refusal:
            refusals.append(refusal)
    raise next((one for one, kind in zip(refusals, kinds, strict=True) if kind is not type(None)), refusals[0])


def _tuple(kinds: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    items = _checked(list, value, where)
    if kinds[-1:] == (Ellipsis,):
        kinds = kinds[:1] * len(items)
    if len(kinds) != len(items):
        raise ValueError(f"{where} has {len(items)} entries, not {len(kinds)}")
    return tuple(_read(kind, item, f"{where}[{number}]") for number, (kind, item) in enumerate(zip(kinds, items, strict=True)))


def _checked(kind: Any, value: Any, where: str) -> Any:
    return value if isinstance(value, kind) else _refuse(value, where)


def _refuse(value: object, where: str) -> Any:
    raise ValueError(f"{where} is {value!r:.60}")
