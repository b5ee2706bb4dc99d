"""What is wrong is named: a fault with its reason, a line at another rate."""

from __future__ import annotations

import pytest

from mcu_toolkit.device import Client, fault_error
from mcu_toolkit.errors import NoReplyError, ProtocolError
from mcu_toolkit.protocol import Frame, FrameDecoder, encode_frame
from mcu_toolkit.protocol.ids import EventType, RequestType
from mcu_toolkit.protocol.messages import FaultEvent, HelloReply
from tests.device.fakes import HASTY, OtherDevice


@pytest.mark.parametrize(
    ("fault", "family", "words"),
    [
        (
            FaultEvent(3, 0x08000A55, 0x08000DAB, 1 << 16, 4),
            "cortex_m",
            ("in layer 4: HardFault (undefined instruction)", "pc 0x08000a55, f_08000a55"),
        ),
        (
            FaultEvent(3, 0x100, 0, 1 << 9 | 1 << 15, 0xFFFF),
            "cortex_m",
            ("crashed: HardFault (data access to no memory)", "CFSR 0x00008200"),
        ),
        (FaultEvent(0x84, 0, 0, 2, 1), "cortex_m", ("stack overflow, MemManage fault", "raise stack_bytes")),
        (FaultEvent(5, 0x80001000, 0x80002000, 0x10, 2), "riscv", ("load access fault", "mtval 0x00000010")),
    ],
)
def test_a_fault_is_told_with_its_reason(fault: FaultEvent, family: str, words: tuple[str, ...]) -> None:
    text = str(fault_error(fault, on="port", family=family, name_address=lambda address: f"f_{address:08x}"))
    for word in words:
        assert word in text
    if fault.lr == 0:
        assert "lr" not in text


def test_a_board_that_crashes_before_it_can_answer_is_no_silence() -> None:
    crash = encode_frame(EventType.FAULT, 0, FaultEvent(3, 0x100, 0, 0, 0xFFFF).pack())
    with (
        OtherDevice(lambda data: crash) as link,
        Client(link, timing=HASTY) as client,
        pytest.raises(Exception, match="the firmware crashed: HardFault"),
    ):
        client.handshake()


class AtRate:
    """A board that hears and is heard at one rate only."""

    def __init__(self, own: int, ours: int) -> None:
        self.name = "line"
        self._own, self._ours = own, ours
        self._waiting = b""
        self.rates: list[int] = []

    @property
    def bytes_per_s(self) -> float:
        return self._ours / 10

    def set_baud(self, baud: int) -> None:
        self.rates.append(baud)
        self._ours = baud

    def read(self, timeout_s: float) -> bytes:
        data, self._waiting = self._waiting, b""
        return data

    def write(self, data: bytes) -> None:
        if self._ours != self._own:
            return  # what it hears is no frame, and it says nothing
        for item in FrameDecoder().feed(data):
            if isinstance(item, Frame) and item.type_id == RequestType.HELLO:
                reply = HelloReply(1, 256, 2, 0, 0, 0, 1, 1, "b", "r", "t").pack()
                self._waiting += encode_frame(0x81, item.sequence, reply)

    def close(self) -> None:
        pass


def test_a_board_at_another_rate_is_found_there() -> None:
    link = AtRate(own=57_600, ours=115_200)
    with Client(link, timing=HASTY) as client, pytest.raises(ProtocolError, match="wrong baud rate: the board answers at 57600") as caught:
        client.handshake()
    assert caught.value.expected == "115200, as the board's file says"
    assert link.rates[-1] == 115_200


def test_a_board_that_answers_at_no_rate_is_silent() -> None:
    link = AtRate(own=1, ours=115_200)
    with Client(link, timing=HASTY) as client, pytest.raises(NoReplyError, match="silent"):
        client.handshake()
    assert link.rates[-1] == 115_200
