"""Frames in words."""

from __future__ import annotations

from mcu_toolkit.protocol import Frame, describe_frame
from mcu_toolkit.protocol.ids import ErrorCode, EventType, RequestType
from mcu_toolkit.protocol.messages import BootEvent, ErrorReply, InvokeReply, ReadOutputReply, WriteInputRequest


def test_events_errors_requests_and_replies_have_names_and_fields() -> None:
    assert describe_frame(Frame(EventType.BOOT, 0, BootEvent(1, 1).pack())) == "BOOT reason=REBOOT_REQUEST version=1"
    error = ErrorReply(RequestType.INVOKE, ErrorCode.INPUT_MISSING, 12)
    assert describe_frame(Frame(0xFF, 7, error.pack())) == "ERROR #7 request_type=INVOKE code=INPUT_MISSING detail=12"
    assert describe_frame(Frame(0x85, 9, InvokeReply(1234).pack())) == "INVOKE reply #9 ticks=1234"
    written = WriteInputRequest(0, 4, bytes(range(20)))
    assert describe_frame(Frame(0x04, 3, written.pack())) == "WRITE_INPUT #3 model=0 offset=4 data=0001020304050607... (20 bytes)"
    assert describe_frame(Frame(0x86, 3, ReadOutputReply(b"\xff").pack())) == "READ_OUTPUT reply #3 data=ff"


def test_what_is_unknown_is_shown_as_it_is() -> None:
    assert describe_frame(Frame(0x33, 2, b"\x01\x02")) == "type 0x33 #2 0102"
    assert describe_frame(Frame(0x85, 2, b"\x01")) == "INVOKE reply #2 with a payload that is not its own: 01"
    assert "reason=77" in describe_frame(Frame(EventType.BOOT, 0, BootEvent(77, 1).pack()))
