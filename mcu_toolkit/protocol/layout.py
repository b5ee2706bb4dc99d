"""How a message's bytes follow from its dataclass: every field is annotated with its wire type, and that is the layout.

    @dataclass(frozen=True)
    class ReadOutputRequest(Message):
        model: U8
        offset: U24
        length: U16

All integers are little-endian; there is no padding.  `wire_name` is what docs/protocol.md calls the type.
"""

from __future__ import annotations

import dataclasses
import struct
import typing
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, TypeAlias, TypeVar, cast

from mcu_toolkit.errors import ProtocolError
from mcu_toolkit.protocol.ids import RequestType


@dataclass(frozen=True)
class WireType(ABC):
    """One field's form on the line."""

    wire_name: str
    least_bytes: int
    """What the shortest value takes."""
    is_fixed: bool = True
    """True where every value takes `least_bytes`."""

    @abstractmethod
    def pack(self, value: Any) -> bytes:
        """The bytes of `value`; raises ValueError or OverflowError if it does not fit."""

    @abstractmethod
    def unpack(self, data: bytes) -> tuple[Any, int]:
        """The value at the start of `data` and how many bytes it took; raises ValueError if `data` is too short."""


def _take(data: bytes, size_bytes: int) -> bytes:
    if len(data) < size_bytes:
        raise ValueError(f"{size_bytes - len(data)} bytes are missing")
    return data[:size_bytes]


@dataclass(frozen=True)
class Integer(WireType):
    """A little-endian integer."""

    signed: bool = False

    def pack(self, value: Any) -> bytes:
        """See WireType."""
        return int(value).to_bytes(self.least_bytes, "little", signed=self.signed)

    def unpack(self, data: bytes) -> tuple[int, int]:
        """See WireType."""
        return int.from_bytes(_take(data, self.least_bytes), "little", signed=self.signed), self.least_bytes


@dataclass(frozen=True)
class Float32(WireType):
    """An IEEE 754 single."""

    def pack(self, value: Any) -> bytes:
        """See WireType."""
        return struct.pack("<f", value)

    def unpack(self, data: bytes) -> tuple[float, int]:
        """See WireType."""
        return struct.unpack("<f", _take(data, 4))[0], 4


@dataclass(frozen=True)
class FixedBytes(WireType):
    """So many bytes, no more and no less."""

    def pack(self, value: Any) -> bytes:
        """See WireType."""
        if len(value) != self.least_bytes:
            raise ValueError(f"{len(value)} bytes instead of {self.least_bytes}")
        return bytes(value)

    def unpack(self, data: bytes) -> tuple[bytes, int]:
        """See WireType."""
        return _take(data, self.least_bytes), self.least_bytes


@dataclass(frozen=True)
class ShortText(WireType):
    """A length byte and so many bytes of UTF-8."""

    def pack(self, value: Any) -> bytes:
        """See WireType."""
        encoded = str(value).encode("utf-8")
        return bytes((len(encoded),)) + encoded

    def unpack(self, data: bytes) -> tuple[str, int]:
        """See WireType.  A character that the device cut in two at its length limit becomes U+FFFD."""
        length = _take(data, 1)[0]
        return _take(data[1:], length).decode("utf-8", errors="replace"), 1 + length


@dataclass(frozen=True)
class CountedU32(WireType):
    """A count byte and so many u32."""

    def pack(self, value: Any) -> bytes:
        """See WireType."""
        return bytes((len(value),)) + b"".join(int(item).to_bytes(4, "little") for item in value)

    def unpack(self, data: bytes) -> tuple[tuple[int, ...], int]:
        """See WireType."""
        count = _take(data, 1)[0]
        return struct.unpack(f"<{count}I", _take(data[1:], 4 * count)), 1 + 4 * count


@dataclass(frozen=True)
class RestBytes(WireType):
    """Everything up to the end of the payload."""

    def pack(self, value: Any) -> bytes:
        """See WireType."""
        return bytes(value)

    def unpack(self, data: bytes) -> tuple[bytes, int]:
        """See WireType."""
        return data, len(data)


U8: TypeAlias = Annotated[int, Integer("u8", 1)]
U16: TypeAlias = Annotated[int, Integer("u16", 2)]
U24: TypeAlias = Annotated[int, Integer("u24", 3)]
U32: TypeAlias = Annotated[int, Integer("u32", 4)]
U64: TypeAlias = Annotated[int, Integer("u64", 8)]
I32: TypeAlias = Annotated[int, Integer("i32", 4, signed=True)]
F32: TypeAlias = Annotated[float, Float32("f32", 4)]
Sha256: TypeAlias = Annotated[bytes, FixedBytes("32 bytes", 32)]
Str: TypeAlias = Annotated[str, ShortText("str", 1, is_fixed=False)]
Dims: TypeAlias = Annotated[Sequence[int], CountedU32("rank u8, rank x u32", 1, is_fixed=False)]
Data: TypeAlias = Annotated[bytes, RestBytes("data", 0, is_fixed=False)]

_M = TypeVar("_M", bound="Message")


class Message:
    """Base of every payload; subclasses are frozen dataclasses whose fields carry wire types."""

    def pack(self) -> bytes:
        """The payload's bytes; raises ProtocolError naming the field whose value does not fit."""
        parts = []
        for name, wire_type in layout_of(type(self)):
            value = getattr(self, name)
            try:
                parts.append(wire_type.pack(value))
            except (ValueError, OverflowError, struct.error):
                raise ProtocolError(f"{type(self).__name__}.{name} = {value!r} cannot be sent", expected=wire_type.wire_name) from None
        return b"".join(parts)

    @classmethod
    def unpack(cls: type[_M], payload: bytes) -> _M:
        """The message in `payload`; raises ProtocolError if it is shorter or longer than the layout says."""
        values = []
        rest = payload
        for name, wire_type in layout_of(cls):
            try:
                value, used_bytes = wire_type.unpack(rest)
            except ValueError as error:
                raise ProtocolError(f"{cls.__name__} ends in its field '{name}': {error}", expected=f"{wire_type.wire_name}") from None
            values.append(value)
            rest = rest[used_bytes:]
        if rest:
            raise ProtocolError(f"{cls.__name__} of {len(payload)} bytes is {len(rest)} bytes too long")
        return cls(*values)


_layouts: dict[type[Message], tuple[tuple[str, WireType], ...]] = {}


def layout_of(message: type[Message]) -> tuple[tuple[str, WireType], ...]:
    """The fields of a message in the order of its bytes: (name, wire type)."""
    if message not in _layouts:
        _layouts[message] = _read_layout(message)
    return _layouts[message]


def _read_layout(message: type[Message]) -> tuple[tuple[str, WireType], ...]:
    hints = typing.get_type_hints(message, include_extras=True)
    fields = []
    for field in dataclasses.fields(cast(Any, message)):
        wire_types = [extra for extra in typing.get_args(hints[field.name])[1:] if isinstance(extra, WireType)]
        assert len(wire_types) == 1, f"{message.__name__}.{field.name} needs exactly one wire type"
        fields.append((field.name, wire_types[0]))
    return tuple(fields)


def is_fixed(message: type[Message]) -> bool:
    """True if every payload of this message has the same size."""
    return all(wire_type.is_fixed for _, wire_type in layout_of(message))


def least_bytes(message: type[Message]) -> int:
    """The size of the message's shortest payload."""
    return sum(wire_type.least_bytes for _, wire_type in layout_of(message))


def offsets_of(message: type[Message]) -> tuple[tuple[str, int], ...]:
    """(field, offset in bytes) of every field whose place does not depend on another's value: up to the first variable one."""
    offsets = []
    at = 0
    for name, wire_type in layout_of(message):
        offsets.append((name, at))
        if not wire_type.is_fixed:
            break
        at += wire_type.least_bytes
    return tuple(offsets)


R = TypeVar("R", bound=Message)


class Request(Message, Generic[R]):
    """A payload the host sends, with its id and the class of its reply."""

    type_id: ClassVar[RequestType]
    reply_class: type[R]


@dataclass(frozen=True)
class Empty(Message):
    """The reply that only says: done."""
