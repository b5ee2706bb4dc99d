"""Lines that change bytes are called so, with the bytes; a board that hangs and a line that loses some are not."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mcu_toolkit.device import Client, Link, Timing
from mcu_toolkit.device.transparency import Change, explain_damage
from mcu_toolkit.errors import NoReplyError, ProtocolError
from mcu_toolkit.protocol import encode_frame
from tests.device.fakes import HASTY, FakeDevice, OtherDevice
from tests.device.test_client import mix_samples

SOON = Timing(boot_timeout_s=1.5, reply_timeout_s=1.0, invoke_timeout_s=1.0, retry_after_s=0.1)
Mangle = Callable[[bytes], bytes]


def without(*values: int) -> Mangle:
    return lambda data: bytes(byte for byte in data if byte not in values)


def replacing(sent: bytes, seen: bytes) -> Mangle:
    return lambda data: data.replace(sent, seen)


KINDS: dict[str, Mangle] = {
    "XON and XOFF eaten": without(0x11, 0x13),
    "XON eaten": without(0x11),
    "XOFF eaten": without(0x13),
    "LF to CR LF": replacing(b"\n", b"\r\n"),
    "CR to LF": replacing(b"\r", b"\n"),
    "LF to CR": replacing(b"\n", b"\r"),
    "CR to CR LF": replacing(b"\r", b"\r\n"),
    "CR eaten": without(0x0D),
    "bit 7 stripped": lambda data: bytes(byte & 0x7F for byte in data),
    "a key of the terminal": without(0x1A),
    "Telnet": replacing(b"\xff", b"\xff\xff"),
}


class ManglingLink:
    """A link whose bytes go through a function, in each direction one."""

    def __init__(self, link: Link, to_device: Mangle, to_host: Mangle) -> None:
        self._link = link
        self._to_device, self._to_host = to_device, to_host
        self.name = "line"
        self.bytes_per_s = 0.0

    def read(self, timeout_s: float) -> bytes:
        return self._to_host(self._link.read(timeout_s))

    def write(self, data: bytes) -> None:
        self._link.write(self._to_device(data))

    def close(self) -> None:
        self._link.close()


def same(data: bytes) -> bytes:
    return data


_OFTEN = ("XON and XOFF eaten", "LF to CR LF", "CR to LF", "bit 7 stripped")
_WAYS = ("to the device", "to the host", "both")


@pytest.mark.parametrize(
    ("kind", "direction"),
    [
        pytest.param(kind, way, marks=[] if kind in _OFTEN and way != "both" else pytest.mark.nightly, id=f"{kind} {way}")
        for kind in KINDS
        for way in _WAYS
    ],
)
def test_a_line_that_changes_bytes_is_called_so_with_bytes_sent_and_seen(fake_device: Path, kind: str, direction: str) -> None:
    mangle = KINDS[kind]
    samples = mix_samples(40)
    with FakeDevice(fake_device) as device:
        ways = {"to the device": (mangle, same), "to the host": (same, mangle), "both": (mangle, mangle)}[direction]
        link = ManglingLink(device.socket_link(), *ways)
        with (
            Client(link, timing=SOON, seed=5) as client,
            pytest.raises(ProtocolError, match=r"the line is not transparent: of the bytes .* sent, seen: ") as caught,
        ):
            list(client.infer_many(samples))
    assert caught.value.exit_code == 3
    found = re.search("of the bytes (.*) sent, seen: (.*)", caught.value.what)
    assert found is not None
    sent, seen = (bytes.fromhex(text) if text != "nothing" else b"" for text in found.groups())
    assert mangle(sent) != sent, "a byte that this line does change"
    assert seen in (b"", mangle(sent))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "bit 7 stripped"])
def test_damage_is_explained_by_what_undoes_it(kind: str) -> None:
    pick, explained = random.Random(7), 0
    for _ in range(200):
        frame = encode_frame(0x81, pick.randrange(0x10000), pick.randbytes(pick.randrange(20, 70))).strip(b"\0")
        damaged = KINDS[kind](frame)
        if damaged == frame:
            continue
        change = explain_damage(damaged)
        explained += change is not None
        if change is not None:
            assert KINDS[kind](change.sent) in (change.seen, b"", change.sent + b"\n"), change
    assert explained > 10


def test_noise_is_not_explained() -> None:
    pick = random.Random(3)
    assert [explain_damage(pick.randbytes(pick.randrange(1, 80))) for _ in range(10)] == [None] * 10
    assert explain_damage(encode_frame(0x81, 5, b"as it was sent" + bytes(9)).strip(b"\0")[:-1]) is None
    assert explain_damage(b"") is None
    assert explain_damage(b"\n" * 5000) is None


def test_what_is_known_is_exact() -> None:
    frame = encode_frame(0x81, 0x4141, b"one\ntwo").strip(b"\0")
    assert explain_damage(frame.replace(b"\n", b"\r\n")) == Change(b"\n", b"\r\n")


def test_a_board_that_says_nothing_is_no_fault_of_the_line() -> None:
    with OtherDevice(lambda data: b"") as link, Client(link, timing=HASTY) as client, pytest.raises(NoReplyError, match="silent"):
        client.handshake()
