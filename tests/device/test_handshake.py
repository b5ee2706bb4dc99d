"""What may be behind a port, and what the client says about it."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from mcu_toolkit.device import Client
from mcu_toolkit.errors import NoReplyError, ProtocolError
from mcu_toolkit.protocol import Frame, FrameDecoder, encode_frame
from mcu_toolkit.protocol.ids import ERROR_TYPE, ErrorCode, RequestType
from mcu_toolkit.protocol.messages import ErrorReply, HelloReply, HelloRequest, InvokeReply
from tests.device.fakes import HASTY, PATIENT, QUICK, FakeDevice, OtherDevice, SocketLink


def hellos_in(data: bytes) -> list[Frame]:
    return [item for item in FrameDecoder().feed(data) if isinstance(item, Frame) and item.type_id == RequestType.HELLO]


def test_silence() -> None:
    with OtherDevice(lambda data: b"") as link, Client(link, timing=HASTY) as client:
        with pytest.raises(NoReplyError, match=r"socket: the device is silent: no byte within 0\.3 s") as caught:
            client.handshake()
        assert "mcu flash" in str(caught.value)
        assert caught.value.exit_code == 3


def test_firmware_of_the_benchmark_is_named() -> None:
    """It says nothing until a command ends."""
    answer = b"e-[Command is longer than 80 characters]\r\nm-ready\r\n"
    with OtherDevice(lambda data: answer if b"%" in data else b"") as link, Client(link, timing=HASTY) as client:
        with pytest.raises(ProtocolError, match="speaks MLPerf Tiny's protocol") as caught:
            client.handshake()
        assert "mcu mlperf" in str(caught.value)


def test_another_protocol_is_shown_with_its_first_bytes() -> None:
    with OtherDevice(lambda data: b"x-ready\r\n\x80\x81") as link, Client(link, timing=HASTY) as client:
        with pytest.raises(ProtocolError, match=r"speaks something else, first bytes 78 2d 72 65 61 64 79 0d 0a 80 81 ") as caught:
            client.handshake()
        assert "x-ready" in str(caught.value)
        assert "baud" in str(caught.value)


def test_text_without_frames_is_shown_and_reported() -> None:
    lines: list[str] = []
    with OtherDevice(lambda data: b"", b"U-Boot 2024.01\r\n=> ") as link, Client(link, timing=HASTY, on_text=lines.append) as client:
        with pytest.raises(ProtocolError, match="speaks something else"):
            client.handshake()
        assert lines == ["U-Boot 2024.01", "=> "]
        assert client.counters.text_lines == 2


def test_an_echo() -> None:
    with (
        OtherDevice(lambda data: data) as link,
        Client(link, timing=HASTY) as client,
        pytest.raises(ProtocolError, match="the port echoes what is sent"),
    ):
        client.handshake()


def newer_firmware(data: bytes) -> bytes:
    """Refuses our version, as docs/protocol.md demands."""
    refusal = ErrorReply(RequestType.HELLO, ErrorCode.BAD_VERSION, 2).pack()
    return b"".join(encode_frame(ERROR_TYPE, hello.sequence, refusal) for hello in hellos_in(data))


def careless_firmware(data: bytes) -> bytes:
    """Answers in its own version's layout."""
    return b"".join(encode_frame(0x81, hello.sequence, b"\2something longer") for hello in hellos_in(data))


@pytest.mark.parametrize("answer", [newer_firmware, careless_firmware])
def test_another_version_names_both(answer: object) -> None:
    with OtherDevice(answer) as link, Client(link, timing=QUICK) as client:  # type: ignore[arg-type]
        with pytest.raises(ProtocolError, match="the device speaks version 2 of the protocol") as caught:
            client.handshake()
        assert caught.value.expected == "version 1"


def test_impossible_limits_are_refused() -> None:
    def answer(data: bytes) -> bytes:
        reply = HelloReply(1, 16, 0, 0, 0, 0, 1, 0, "b", "r", "t").pack()
        return b"".join(encode_frame(0x81, hello.sequence, reply) for hello in hellos_in(data))

    with (
        OtherDevice(answer) as link,
        Client(link, timing=QUICK) as client,
        pytest.raises(ProtocolError, match="HelloReply says max_payload_bytes 16"),
    ):
        client.handshake()


def test_frames_of_ours_without_an_answer() -> None:
    # The replies of a session that somebody else holds.
    stray = encode_frame(0x85, 5, InvokeReply(1).pack())
    with (
        OtherDevice(lambda data: stray) as link,
        Client(link, timing=HASTY) as client,
        pytest.raises(NoReplyError, match=r"sends frames of our protocol .* but none that answers HELLO"),
    ):
        client.handshake()


def test_garbage_text_and_old_frames_before_the_answer_are_skipped(fake_device: Path) -> None:
    with FakeDevice(fake_device) as device:
        link = device.socket_link()
        before = b"\x12\x34\0" + b"boot: ok\r\n\0" + encode_frame(0x88, 77, bytes(20)) + b"\xff\xfe\0"

        class WithGarbage(SocketLink):
            waiting = before

            def read(self, timeout_s: float) -> bytes:
                data, self.waiting = self.waiting, b""
                return data or super().read(timeout_s)

        lines: list[str] = []
        with Client(WithGarbage(link._end), timing=QUICK, on_text=lines.append) as client:
            assert client.handshake().board == "host"
            assert lines == ["boot: ok"]
            assert client.counters.noise_bytes == 4


def test_half_a_frame_left_on_the_line_does_not_swallow_hello(fake_device: Path) -> None:
    with FakeDevice(fake_device) as device:
        link = device.socket_link()
        link.write(encode_frame(4, 9, bytes(100))[:50])
        with Client(link, timing=PATIENT) as client:
            assert client.handshake().board == "host"
            assert client.status().frames_dropped == 1


def test_a_board_that_is_still_booting_is_waited_for(fake_device: Path) -> None:
    with FakeDevice(fake_device) as device:
        link = device.socket_link()
        booted_s = time.monotonic() + 0.3
        greeted = threading.Event()

        class Booting(SocketLink):
            """Deaf at first; the BOOT event comes when it hears."""

            def write(self, data: bytes) -> None:
                if time.monotonic() >= booted_s:
                    greeted.set()
                    super().write(data)

            def read(self, timeout_s: float) -> bytes:
                if time.monotonic() < booted_s:
                    time.sleep(min(timeout_s, booted_s - time.monotonic()))
                    return b""
                return super().read(timeout_s)

        # So patient that only the BOOT event makes it ask again in time.
        with Client(Booting(link._end), timing=PATIENT) as client:
            begun_s = time.monotonic()
            assert client.handshake().board == "host"
            assert greeted.is_set()
            assert time.monotonic() - begun_s < PATIENT.retry_after_s / 2


def test_late_replies_to_an_earlier_session_match_nothing(fake_device: Path) -> None:
    with FakeDevice(fake_device) as device:
        link = device.socket_link()
        for seed in range(20):
            first = Client(link, timing=QUICK, seed=seed)
            first.handshake()
            # It retried HELLO and had requests on their way when it ended: their replies wait for the next client.
            link.write(encode_frame(RequestType.HELLO, first._sequence, HelloRequest().pack()))
            link.write(b"".join(encode_frame(RequestType.ECHO, (first._sequence + n) & 0xFFFF, b"late") for n in (1, 2, 3)))
            second = Client(link, timing=QUICK, seed=seed + 100)
            assert second.echo(b"mine") == b"mine"
            assert second.echo(b"too") == b"too"
        link.close()
