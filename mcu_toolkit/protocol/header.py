"""The protocol's ids and layouts as a C header: `protocol_ids.h` of every firmware."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from enum import IntEnum

from mcu_toolkit.protocol import ids, messages, observer_messages
from mcu_toolkit.protocol.layout import Message, is_fixed, layout_of, least_bytes, offsets_of

_TOP = """\
/* Ids and layouts of the serial protocol, version {version}; docs/protocol.md of mcu_toolkit says what they mean.
 *
 * Rendered from mcu_toolkit/protocol/messages.py: do not edit.
 *
 * A payload's fields lie at ..._AT, counted in bytes from its start, little-endian and without padding.  ..._BYTES is
 * the payload's size; where it varies, ..._MIN_BYTES is the size with everything variable empty.
 */
#ifndef MCU_PROTOCOL_IDS_H
#define MCU_PROTOCOL_IDS_H
"""


def render_ids_header() -> str:
    """The text of `protocol_ids.h`: C99, nothing but #define lines and comments."""
    blocks = [_TOP.format(version=ids.PROTOCOL_VERSION)]
    blocks.append(_defines(_constants()))
    blocks.append(_enum("Requests", "", ids.RequestType))
    blocks.append(_enum("Events", "EVENT_", ids.EventType))
    blocks.append(_enum("Error codes", "ERROR_", ids.ErrorCode, hexadecimal=False))
    blocks.append("/* HELLO: bits of capabilities */\n" + _defines((f"CAN_{c.name}", f"{c.value:#04x}u") for c in ids.Capability))
    blocks.append(_enum("HELLO: tick_unit", "TICKS_", ids.TickUnit, hexadecimal=False))
    blocks.append(_enum("TENSOR_INFO: direction", "DIRECTION_", ids.Direction, hexadecimal=False))
    blocks.append(_enum("BOOT: reason", "BOOT_", ids.BootReason, hexadecimal=False))
    blocks.extend(_layout(message) for message in _all_messages())
    return "\n".join(blocks) + "\n#endif\n"


def _constants() -> list[tuple[str, str]]:
    return [
        ("VERSION", str(ids.PROTOCOL_VERSION)),
        ("REPLY_BIT", f"{ids.REPLY_BIT:#04x}"),
        ("ERROR", f"{ids.ERROR_TYPE:#04x}"),
        ("MIN_MAX_PAYLOAD_BYTES", str(ids.MIN_MAX_PAYLOAD_BYTES)),
        ("MAX_STRING_BYTES", str(ids.MAX_STRING_BYTES)),
        ("NO_LAYER", f"{ids.NO_LAYER:#06x}u"),
        ("NO_TENSOR", f"{ids.NO_TENSOR:#06x}u"),
        ("FIRST_INPUT", f"{ids.FIRST_INPUT:#06x}u"),
        ("FAULT_STACK_OVERFLOW", f"{ids.FAULT_STACK_OVERFLOW:#04x}u"),
    ]


def _defines(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"#define PROTO_{name} {value}\n" for name, value in pairs)


def _enum(title: str, prefix: str, values: type[IntEnum], *, hexadecimal: bool = True) -> str:
    lines = _defines((prefix + item.name, f"{item.value:#04x}" if hexadecimal else str(item.value)) for item in values)
    return f"/* {title} */\n{lines}"


def _all_messages() -> list[type[Message]]:
    found: list[type[Message]] = []
    for request in messages.REQUESTS:
        found += [request, request.reply_class]
    found += [observer_messages.LayerRecord, messages.ErrorReply, *messages.EVENTS]
    return [message for message in dict.fromkeys(found) if layout_of(message)]


def _layout(message: type[Message]) -> str:
    prefix = _c_name(message)
    fields = layout_of(message)
    described = ", ".join(f"{name} {wire_type.wire_name}" for name, wire_type in fields)
    comment = textwrap.fill(f"/* {message.__name__}: {described} */", width=118, subsequent_indent=" * ")
    lines = [(f"{prefix}_{name.upper()}_AT", str(at)) for name, at in offsets_of(message)]
    lines.append((f"{prefix}_BYTES" if is_fixed(message) else f"{prefix}_MIN_BYTES", str(least_bytes(message))))
    return f"{comment}\n{_defines(lines)}"


def _c_name(message: type[Message]) -> str:
    words = re.findall("[A-Z][a-z0-9]*", message.__name__)
    return "_".join(words).upper()
