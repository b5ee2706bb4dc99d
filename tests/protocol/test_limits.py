"""Every number that a device sends has a range: the table is whole, the page says the same, and what is outside is refused."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import pytest

from mcu_toolkit.errors import ProtocolError
from mcu_toolkit.protocol import messages
from mcu_toolkit.protocol.layout import Message, layout_of
from mcu_toolkit.protocol.limits import RANGES, check_limits
from mcu_toolkit.protocol.messages import HelloReply, ModelInfoReply, StatusReply, TensorInfoReply
from mcu_toolkit.protocol.observer_messages import LayerRecord
from mcu_toolkit.protocol.sensor_messages import ReadSensorReply, StartSensorReply

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
HELLO = HelloReply(1, 128, 64, 0xFFFFFFFF, 0, 0, 1, 7, "b", "r", "t")
INFO = ModelInfoReply(0, bytes(32), 1, 1, 4, 4, 100, 60, 3, "m")
TENSOR = TensorInfoReply(9, 0.5, -3, 4, (1, 4))
SENSOR = StartSensorReply(3, 6, 1, 0.5)
SENT: set[type[Message]] = {request.reply_class for request in messages.REQUESTS} | {messages.ErrorReply, LayerRecord, *messages.EVENTS}


def test_every_field_of_everything_that_a_device_sends_is_in_the_table() -> None:
    assert set(RANGES) == SENT
    for message in SENT:
        assert list(RANGES[message]) == [name for name, _ in layout_of(message)], message.__name__


def test_the_page_has_the_same_ranges() -> None:
    names = {request.reply_class: request.type_id.name for request in messages.REQUESTS if layout_of(request.reply_class)}
    table = {
        (names[message], name): f"{found[0]} | {found[1] if found[1] != 1 << 127 else '2^127'}"
        for message, fields in RANGES.items()
        for name, found in fields.items()
        if found is not None
    }
    section = PAGE.split("## Ranges\n")[1].split("## Versions\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| ")][1:]
    assert {(row[0], row[1]): f"{row[2]} | {row[3]}" for row in rows} == table


@pytest.mark.parametrize("message", [HELLO, INFO, TENSOR, SENSOR, StatusReply(4096, 4096, 0, 0, 0)])
def test_what_firmware_says_is_taken(message: Message) -> None:
    check_limits(type(message).unpack(message.pack()), "port")


@pytest.mark.parametrize(
    ("message", "changes", "words"),
    [
        (HELLO, {"max_payload_bytes": 127}, "max_payload_bytes 127"),
        (HELLO, {"max_payload_bytes": 32_769}, "max_payload_bytes 32,769"),
        (HELLO, {"window_frames": 0}, "window_frames 0"),
        (HELLO, {"window_frames": 65}, "window_frames 65"),
        (HELLO, {"tick_unit": 4}, "tick_unit 4"),
        (HELLO, {"model_count": 0}, "model_count 0"),
        (HELLO, {"board": "b" * 32}, "board 32"),
        (INFO, {"output_bytes": 0xFFFFFFFF}, "output_bytes 4,294,967,295"),
        (INFO, {"input_bytes": (1 << 24) + 1}, "input_bytes 16,777,217"),
        (INFO, {"arena_used_bytes": 101}, "arena_used_bytes 101"),
        (INFO, {"status": 4}, "sizes of a model with status 4"),
        (INFO, {"name": "m" * 255}, "name 255"),
        (TENSOR, {"scale": math.nan}, "scale nan"),
        (TENSOR, {"scale": math.inf}, "scale inf"),
        (TENSOR, {"scale": -0.5}, r"scale -0\.5"),
        (TENSOR, {"dtype": 21}, "dtype 21"),
        (TENSOR, {"dims": (1,) * 9}, "rank 9"),
        (TENSOR, {"dims": (1, 0xFFFFFFFF)}, "dims 4,294,967,295"),
        (TENSOR, {"size_bytes": 1 << 31}, "size_bytes 2,147,483,648"),
        (StatusReply(10, 11, 0, 0, 0), {}, "stack_used_bytes 11"),
        (SENSOR, {"kind": 0}, "kind 0"),
        (SENSOR, {"kind": 4}, "kind 4"),
        (SENSOR, {"channels": 0}, "channels 0"),
        (SENSOR, {"channels": 7}, "channels 7"),
        (SENSOR, {"rate_millihz": 0}, "rate_millihz 0"),
        (SENSOR, {"scale": math.nan}, "scale nan"),
        (SENSOR, {"scale": math.inf}, "scale inf"),
        (ReadSensorReply(0, 2, b""), {}, "ended 2"),
    ],
)
def test_what_the_protocol_does_not_have_is_refused_by_name(message: Any, changes: dict[str, Any], words: str) -> None:
    received = type(message).unpack(dataclasses.replace(message, **changes).pack())
    with pytest.raises(ProtocolError, match=f"says .*{words}"):
        check_limits(received, "port")
