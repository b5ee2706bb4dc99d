"""What the protocol costs on an emulated board: payload a second with a window, against bytes that are merely echoed."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
import serial

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.device import Client, open_port
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.protocol.messages import EchoReply, EchoRequest
from mcu_toolkit.runtimes import get_runtime
from tests.emulated import own_boards
from tests.platforms.echo_project import ESCAPE, EchoBoard, make_echo_project
from tests.small_models import fully_connected

pytestmark = [pytest.mark.slow, pytest.mark.nightly]
BOARD = "netduinoplus2"
TOTAL_BYTES = 64 * 1024
IN_FLIGHT_BYTES = 4096
ROUNDS = 3
"""The best of so many: other work on this machine only ever slows a round down."""


def raw_bytes_per_s(port: serial.Serial) -> float:
    data = random.Random(1).randbytes(2 * TOTAL_BYTES).replace(ESCAPE, b"").replace(b"\0", b"")[:TOTAL_BYTES]
    begun_s, sent, back = time.monotonic(), 0, b""
    while len(back) < len(data):
        if sent < len(data) and sent - len(back) < IN_FLIGHT_BYTES:
            sent += port.write(data[sent : sent + 512])
        back += port.read(port.in_waiting or (1 if sent == len(data) else 0))
    assert back == data
    return len(data) / (time.monotonic() - begun_s)


def framed_bytes_per_s(client: Client) -> float:
    size_bytes = client.handshake().max_payload_bytes
    data = [random.Random(i).randbytes(size_bytes) for i in range(TOTAL_BYTES // size_bytes)]
    begun_s = time.monotonic()
    replies = [reply.data for reply in client._session().run(EchoRequest(piece) for piece in data) if isinstance(reply, EchoReply)]
    assert replies == data
    return TOTAL_BYTES / (time.monotonic() - begun_s)


def test_windowed_frames_carry_four_fifths_of_a_raw_echo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    board = load_board(BOARD)
    with own_boards(monkeypatch):
        flash_project(make_echo_project(board, tmp_path / "echo"), board)
        echo = EchoBoard.open(BOARD)
        raw = max(raw_bytes_per_s(echo.port) for _ in range(ROUNDS))
        echo.close()
    with own_boards(monkeypatch):
        model = parse_model(fully_connected(), "m")
        port = flash_project(generate_project([model], board, get_runtime("aot"), tmp_path / "firmware"), board)
        with Client(open_port(port, board.serial.baud)) as client:
            framed = max(framed_bytes_per_s(client) for _ in range(ROUNDS))
    assert framed / raw >= 0.8, f"{framed:,.0f} bytes/s framed, {raw:,.0f} bytes/s raw"
