"""The protocol's numbers: request, event and error ids, capability bits, units.  docs/protocol.md says what they mean."""

from __future__ import annotations

from enum import IntEnum, IntFlag
from types import MappingProxyType
from typing import Final

PROTOCOL_VERSION: Final = 1
REPLY_BIT: Final = 0x80
"""A reply's type is its request's with this bit."""
ERROR_TYPE: Final = 0xFF
FIRST_EVENT: Final = 0x40
LAST_EVENT: Final = 0x5F
MIN_MAX_PAYLOAD_BYTES: Final = 128
"""The least `max_payload_bytes` a device may have: HELLO's reply with three strings of `MAX_STRING_BYTES` fits."""
MAX_STRING_BYTES: Final = 31
"""Devices cut longer strings."""
BUILD_ID_DIGITS: Final = 16
"""Hexadecimal digits behind the `+` of HELLO's `toolkit`: which sources the image was built from."""
NO_LAYER: Final = 0xFFFF
"""`layer` of a FAULT where no operator was running, and of a record of a model's input."""
NO_TENSOR: Final = 0xFFFF
"""`tensor` of OBSERVE: capture none."""
FIRST_INPUT: Final = 0xFF00
"""`tensor` of OBSERVE: so much more than the number of an input of the model captures that input."""
FAULT_STACK_OVERFLOW: Final = 0x80
"""The bit of FAULT's `kind` that says that the stack had overflowed."""


class RequestType(IntEnum):
    """What the host can ask."""

    HELLO = 0x01
    MODEL_INFO = 0x02
    TENSOR_INFO = 0x03
    WRITE_INPUT = 0x04
    INVOKE = 0x05
    READ_OUTPUT = 0x06
    RESET_STATE = 0x07
    STATUS = 0x08
    REBOOT = 0x09
    ECHO = 0x0A
    OBSERVE = 0x0B
    READ_LAYERS = 0x0C
    READ_CAPTURE = 0x0D
    READ_CONSTANTS = 0x0E
    RELEASE = 0x10
    START_SENSOR = 0x11
    READ_SENSOR = 0x12
    STOP_SENSOR = 0x13


class EventType(IntEnum):
    """What a device says unasked."""

    BOOT = 0x40
    FAULT = 0x41


class ErrorCode(IntEnum):
    """Why a request was not answered."""

    UNKNOWN_TYPE = 1
    BAD_PAYLOAD = 2
    BAD_VERSION = 3
    NO_SESSION = 4
    OUT_OF_ORDER = 5
    NO_SUCH_MODEL = 6
    OUT_OF_RANGE = 7
    INPUT_MISSING = 8
    NO_OUTPUT = 9
    RUNTIME = 10
    SENSOR = 11


class Capability(IntFlag):
    """What a firmware can do beyond the minimum."""

    SEVERAL_MODELS = 1 << 0
    STATE = 1 << 1
    OBSERVER = 1 << 2
    STACK_WATERMARK = 1 << 3
    REBOOT = 1 << 4
    APPLICATION = 1 << 5
    SENSOR = 1 << 6


class TickUnit(IntEnum):
    """What a tick is."""

    NONE = 0
    INSTRUCTIONS = 1
    CYCLES = 2
    MICROSECONDS = 3


TICK_UNIT_NAMES: Final = MappingProxyType(
    {TickUnit.NONE: "", TickUnit.INSTRUCTIONS: "instructions", TickUnit.CYCLES: "cycles", TickUnit.MICROSECONDS: "us"}
)
"""As in board files and results."""


class Direction(IntEnum):
    """Which tensors of a model."""

    INPUT = 0
    OUTPUT = 1


class BootReason(IntEnum):
    """Why a board started."""

    UNKNOWN = 0
    REBOOT_REQUEST = 1
    WATCHDOG = 2
    FAULT = 3
