"""What every number that a device sends may be.  docs/protocol.md, "Ranges", is the same table; a test holds the two together.

Whoever answers at a port is not trusted: a reply is checked here before anything is allocated or counted by it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from mcu_toolkit.errors import ProtocolError
from mcu_toolkit.protocol.ids import MAX_STRING_BYTES, MIN_MAX_PAYLOAD_BYTES, PROTOCOL_VERSION, TickUnit
from mcu_toolkit.protocol.layout import Empty, Message, layout_of
from mcu_toolkit.protocol.messages import (
    BootEvent,
    EchoReply,
    ErrorReply,
    FaultEvent,
    HelloReply,
    InvokeReply,
    ModelInfoReply,
    ReadOutputReply,
    StatusReply,
    TensorInfoReply,
)
from mcu_toolkit.protocol.observer_messages import LayerRecord, ObserveReply, ReadCaptureReply, ReadConstantsReply, ReadLayersReply
from mcu_toolkit.protocol.sensor_messages import ReadSensorReply, StartSensorReply

AREA_BYTES_MAX: Final = 1 << 24
"""Of inputs, of outputs, of one tensor: offsets are u24."""
MAX_MAX_PAYLOAD_BYTES: Final = 32_768
WINDOW_FRAMES_MAX: Final = 64
RANK_MAX: Final = 8
SENSOR_KINDS_MAX: Final = 3
SENSOR_CHANNELS_MAX: Final = 6
_HIGHEST_DTYPE: Final = 20

Range = tuple[int, int] | None
"""The least and the largest value; of a text or of data its bytes; of `dims` each of them; None: whatever the type holds."""

RANGES: Final[Mapping[type[Message], Mapping[str, Range]]] = MappingProxyType(
    {
        HelloReply: {
            "version": (PROTOCOL_VERSION, PROTOCOL_VERSION),
            "max_payload_bytes": (MIN_MAX_PAYLOAD_BYTES, MAX_MAX_PAYLOAD_BYTES),
            "window_frames": (1, WINDOW_FRAMES_MAX),
            "capabilities": None,
            "clock_hz": None,
            "tick_unit": (0, max(TickUnit).value),
            "model_count": (1, 255),
            "boot_count": None,
            "board": (0, MAX_STRING_BYTES),
            "runtime": (0, MAX_STRING_BYTES),
            "toolkit": (0, MAX_STRING_BYTES),
        },
        ModelInfoReply: {
            "status": None,
            "sha256": None,
            "inputs": None,
            "outputs": None,
            "input_bytes": (0, AREA_BYTES_MAX),
            "output_bytes": (0, AREA_BYTES_MAX),
            "arena_bytes": None,
            "arena_used_bytes": None,
            "layers": None,
            "name": (0, MAX_STRING_BYTES),
        },
        TensorInfoReply: {
            "dtype": (0, _HIGHEST_DTYPE),
            "scale": (0, 1 << 127),
            "zero_point": None,
            "size_bytes": (0, AREA_BYTES_MAX),
            "dims": (0, AREA_BYTES_MAX),
        },
        InvokeReply: {"ticks": None},
        StatusReply: {
            "stack_bytes": None,
            "stack_used_bytes": None,
            "invocations": None,
            "frames_received": None,
            "frames_dropped": None,
        },
        ReadOutputReply: {"data": (0, MAX_MAX_PAYLOAD_BYTES)},
        EchoReply: {"data": (0, MAX_MAX_PAYLOAD_BYTES)},
        ObserveReply: {"records": None, "capture_bytes": (0, AREA_BYTES_MAX)},
        ReadLayersReply: {"count": None, "data": (0, MAX_MAX_PAYLOAD_BYTES)},
        LayerRecord: {"layer": None, "tensor": None, "crc32": None, "ticks": None},
        ReadCaptureReply: {"data": (0, MAX_MAX_PAYLOAD_BYTES)},
        ReadConstantsReply: {"size_bytes": None, "crc32": None},
        StartSensorReply: {
            "kind": (1, SENSOR_KINDS_MAX),
            "channels": (1, SENSOR_CHANNELS_MAX),
            "rate_millihz": (1, 0xFFFFFFFF),
            "scale": (0, 1 << 127),
        },
        ReadSensorReply: {"lost": None, "ended": (0, 1), "data": (0, MAX_MAX_PAYLOAD_BYTES)},
        ErrorReply: {"request_type": None, "code": None, "detail": None},
        BootEvent: {"reason": None, "version": None},
        FaultEvent: {"kind": None, "pc": None, "lr": None, "status": None, "layer": None},
        Empty: {},
    }
)
"""Every field of everything a device sends."""


def check_limits(message: Message, on: str) -> None:
    """Raise ProtocolError, naming the field and its range, for a value that the protocol does not have."""
    for name, _ in layout_of(type(message)):
        found = RANGES[type(message)][name]
        if found is not None:
            _check_field(message, name, found, on)
    if isinstance(message, ModelInfoReply):
        _check_model(message, on)
    if isinstance(message, TensorInfoReply) and len(message.dims) > RANK_MAX:
        raise _refusal(message, f"dims of rank {len(message.dims)}", f"rank at most {RANK_MAX}", on)
    if isinstance(message, StatusReply) and message.stack_used_bytes > message.stack_bytes:
        raise _refusal(message, f"stack_used_bytes {message.stack_used_bytes:,}", f"at most stack_bytes, {message.stack_bytes:,}", on)


def _check_field(message: Message, name: str, allowed: tuple[int, int], on: str) -> None:
    low, high = allowed
    for value in _numbers(getattr(message, name)):
        if not (math.isfinite(value) and low <= value <= high):
            raise _refusal(message, f"{name} {value:,}", f"{low:,} to {high:,}" if low != high else f"{low:,}", on)


def _numbers(value: Any) -> tuple[float, ...]:
    if isinstance(value, str):
        return (len(value.encode("utf-8", "replace")),)
    if isinstance(value, bytes):
        return (len(value),)
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _check_model(info: ModelInfoReply, on: str) -> None:
    if info.arena_used_bytes > info.arena_bytes:
        raise _refusal(info, f"arena_used_bytes {info.arena_used_bytes:,}", f"at most arena_bytes, {info.arena_bytes:,}", on)
    if info.status != 0 and (info.input_bytes or info.output_bytes or info.arena_used_bytes):
        raise _refusal(info, f"sizes of a model with status {info.status}", "0 for one that is not ready", on)


def _refusal(message: Message, what: str, expected: str, on: str) -> ProtocolError:
    hint = "mcu flash: put this toolkit's firmware on the board; what is behind the port now breaks the protocol"
    return ProtocolError(f"{type(message).__name__} says {what}", on=on, expected=expected, hint=hint)
