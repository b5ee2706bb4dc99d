"""Frames in words, for people who watch a line."""

from __future__ import annotations

from enum import IntEnum

from mcu_toolkit.errors import ProtocolError
from mcu_toolkit.protocol.framing import Frame
from mcu_toolkit.protocol.ids import ERROR_TYPE, REPLY_BIT, BootReason, ErrorCode, EventType, RequestType
from mcu_toolkit.protocol.layout import Message, layout_of
from mcu_toolkit.protocol.messages import EVENTS, REQUESTS, ErrorReply

_SHOWN_BYTES = 8


def describe_frame(frame: Frame) -> str:
    """One line: name, sequence number and fields, as `BOOT reason=REBOOT_REQUEST version=1`; never fails."""
    title, message = _class_of(frame.type_id)
    sequence = "" if frame.type_id in list(EventType) else f" #{frame.sequence}"
    if message is None:
        return f"{title}{sequence} {_short(frame.payload)}".rstrip()
    try:
        fields = message.unpack(frame.payload)
    except ProtocolError:
        return f"{title}{sequence} with a payload that is not its own: {_short(frame.payload)}"
    values = [f"{name}={_value(name, getattr(fields, name))}" for name, _ in layout_of(message)]
    return " ".join([f"{title}{sequence}", *values])


def _class_of(type_id: int) -> tuple[str, type[Message] | None]:
    if type_id == ERROR_TYPE:
        return "ERROR", ErrorReply
    for event, kind in zip(EventType, EVENTS, strict=True):
        if type_id == event:
            return event.name, kind
    for request in REQUESTS:
        if type_id == request.type_id:
            return request.type_id.name, request
        if type_id == request.type_id | REPLY_BIT:
            return f"{request.type_id.name} reply", request.reply_class
    return f"type {type_id:#04x}", None


def _value(field: str, value: object) -> str:
    if isinstance(value, bytes):
        return _short(value)
    if isinstance(value, str):
        return repr(value)
    names: dict[str, type[IntEnum]] = {"reason": BootReason, "code": ErrorCode, "request_type": RequestType}
    for item in names.get(field, ()):
        if item == value:
            return item.name
    return f"{value:g}" if isinstance(value, float) else str(value)


def _short(data: bytes) -> str:
    return data[:_SHOWN_BYTES].hex() + (f"... ({len(data)} bytes)" if len(data) > _SHOWN_BYTES else "")
