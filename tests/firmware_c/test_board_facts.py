"""What the command loop passes on from the platform."""

from __future__ import annotations

from pathlib import Path

from mcu_toolkit.protocol import Frame, FrameDecoder, encode_frame
from mcu_toolkit.protocol.ids import REPLY_BIT, BootReason, EventType, RequestType, TickUnit
from mcu_toolkit.protocol.layout import Request
from mcu_toolkit.protocol.messages import BootEvent, HelloReply, HelloRequest, InvokeReply, InvokeRequest, WriteInputRequest
from tests.firmware_c.build import converse
from tests.firmware_c.model_device import COUNTER


def frames_of(said: bytes) -> list[Frame]:
    items = FrameDecoder().feed(said)
    assert all(isinstance(item, Frame) for item in items)
    return [item for item in items if isinstance(item, Frame)]


def ask(requests: list[Request]) -> bytes:  # type: ignore[type-arg]
    return b"".join(encode_frame(request.type_id, sequence, request.pack()) for sequence, request in enumerate(requests))


def count_once(device: Path, **settings: int) -> tuple[HelloReply, InvokeReply]:
    said = converse(device, ask([HelloRequest(), WriteInputRequest(COUNTER, 0, b"abcd"), InvokeRequest(COUNTER)]), **settings)
    _, hello, _, invoke = frames_of(said)
    return HelloReply.unpack(hello.payload), InvokeReply.unpack(invoke.payload)


def test_ticks_are_reported_with_their_unit(sanitized_device: Path) -> None:
    hello, invoke = count_once(sanitized_device)
    assert hello.tick_unit == TickUnit.MICROSECONDS
    assert invoke.ticks == 5


def test_a_counter_that_stands_still_is_not_reported(sanitized_device: Path) -> None:
    hello, invoke = count_once(sanitized_device, FAKE_TICKS_WORK=0)
    assert hello.tick_unit == TickUnit.NONE
    assert invoke.ticks == 0


def test_boot_tells_why(sanitized_device: Path) -> None:
    [boot] = frames_of(converse(sanitized_device, b"", FAKE_BOOT_REASON=3))
    assert boot.type_id == EventType.BOOT
    assert BootEvent.unpack(boot.payload) == BootEvent(BootReason.FAULT, 1)


def test_reboot_is_answered_then_done(sanitized_device: Path) -> None:
    said = converse(sanitized_device, encode_frame(RequestType.HELLO, 0, b"\1") + encode_frame(RequestType.REBOOT, 1))
    _, _, reply, boot = frames_of(said)
    assert reply == Frame(RequestType.REBOOT | REPLY_BIT, 1, b"")
    assert BootEvent.unpack(boot.payload) == BootEvent(BootReason.REBOOT_REQUEST, 1)
