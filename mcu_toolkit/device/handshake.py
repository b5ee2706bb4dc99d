"""The handshake: opens a session with a board, which may still be booting, send garbage, stay silent or be something else."""

from __future__ import annotations

import time
from typing import Final

from mcu_toolkit.device.baud import other_baud
from mcu_toolkit.device.faults import fault_error
from mcu_toolkit.device.line import FrameLine
from mcu_toolkit.device.records import Timing
from mcu_toolkit.device.transparency import why_not_transparent
from mcu_toolkit.errors import DeviceError, NoReplyError, ProtocolError
from mcu_toolkit.protocol import PROTOCOL_VERSION, Frame, encode_frame
from mcu_toolkit.protocol.ids import ERROR_TYPE, REPLY_BIT, ErrorCode, EventType, RequestType
from mcu_toolkit.protocol.limits import check_limits
from mcu_toolkit.protocol.messages import ErrorReply, FaultEvent, HelloReply, HelloRequest

_LISTEN_S: Final = 0.25
_REFLASH: Final = "mcu flash: put this toolkit's firmware on the board"


def shake_hands(line: FrameLine, sequence: int, timing: Timing) -> HelloReply:
    """Send HELLO until it is answered, at most `boot_timeout_s`; returns the answer.

    Raises NoReplyError if nothing at all comes back, ProtocolError if something else does: another protocol (with the
    first bytes), another version of ours (with both numbers), our own bytes.
    """
    line.forget()
    frame = encode_frame(RequestType.HELLO, sequence, HelloRequest().pack())
    deadline_s = time.monotonic() + timing.boot_timeout_s
    our_frames = 0
    fault: FaultEvent | None = None
    while time.monotonic() < deadline_s:
        line.write(frame)
        retry_s = time.monotonic() + timing.retry_after_s
        while (now_s := time.monotonic()) < min(retry_s, deadline_s):
            for received in line.receive(min(retry_s, deadline_s) - now_s):
                our_frames += 1
                reply = _judge(received, sequence, line)
                if reply is not None:
                    return reply
                if received.type_id == EventType.FAULT:
                    fault = FaultEvent.unpack(received.payload)
                if received.type_id == EventType.BOOT:
                    retry_s = 0.0  # it has just started and may have missed what was sent before
        line.take_idle_text()
    if fault is not None:
        raise fault_error(fault, on=line.name)  # whatever it did after its restart, it did not answer
    if not our_frames and b"m-ready" in line.converse(b"%", _LISTEN_S):  # ends a command and is answered, whatever it was
        raise ProtocolError(
            "the firmware speaks MLPerf Tiny's protocol",
            on=line.name,
            expected="this toolkit's",
            hint="mcu mlperf runs it; or mcu generate without --protocol, build and flash",
        )
    unclean = why_not_transparent(line, line.damaged)
    raise unclean or _no_handshake(line, timing, our_frames, other_baud(line, frame))


def _judge(frame: Frame, sequence: int, line: FrameLine) -> HelloReply | None:
    """The reply, if this frame is it; None for frames of an earlier session."""
    if frame.type_id == RequestType.HELLO and frame.sequence == sequence:
        hint = "disable echo; check that the port leads to a board and that RX and TX are not joined"
        raise ProtocolError("the port echoes what is sent", on=line.name, expected="a board's answer to HELLO", hint=hint)
    if frame.sequence != sequence:
        return None
    if frame.type_id == ERROR_TYPE:
        error = ErrorReply.unpack(frame.payload)
        if error.request_type == RequestType.HELLO:
            raise _refused(error, line)
    if frame.type_id != RequestType.HELLO | REPLY_BIT:
        return None
    if frame.payload[:1] != bytes((PROTOCOL_VERSION,)):
        raise _other_version(frame.payload[0] if frame.payload else 0, line)
    reply = HelloReply.unpack(frame.payload)
    check_limits(reply, line.name)
    return reply


def _refused(error: ErrorReply, line: FrameLine) -> DeviceError:
    if error.code == ErrorCode.BAD_VERSION:
        return _other_version(error.detail, line)
    return ProtocolError(f"the device refused HELLO with error {error.code}, detail {error.detail}", on=line.name, hint=_REFLASH)


def _other_version(version: int, line: FrameLine) -> ProtocolError:
    return ProtocolError(
        f"the device speaks version {version} of the protocol", on=line.name, expected=f"version {PROTOCOL_VERSION}", hint=_REFLASH
    )


def _no_handshake(line: FrameLine, timing: Timing, our_frames: int, answering_baud: int | None) -> DeviceError:
    if answering_baud is not None:
        return ProtocolError(
            f"wrong baud rate: the board answers at {answering_baud}",
            on=line.name,
            expected=f"{line.bytes_per_s * 10:g}, as the board's file says",
            hint="set serial.baud in the board's file to what its firmware was generated with, or mcu flash",
        )
    if line.received_bytes == 0:
        hint = "check port, power and cable; press reset; flash the firmware: mcu flash"
        return NoReplyError(f"the device is silent: no byte within {timing.boot_timeout_s:g} s", on=line.name, hint=hint)
    if our_frames:
        return NoReplyError(
            f"the device sends frames of our protocol ({our_frames}) but none that answers HELLO", on=line.name, hint="reset the board"
        )
    shown = f"{line.first_bytes.hex(' ')} {line.first_bytes!r}"
    hint = f"{_REFLASH}; if it has it already, check the baud rate"
    return ProtocolError(f"the device speaks something else, first bytes {shown}", on=line.name, expected="an answer to HELLO", hint=hint)
