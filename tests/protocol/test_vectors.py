"""vectors.json against the Python implementation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mcu_toolkit.protocol import Frame, FrameDecoder, Message, Noise, Text, encode_frame, messages, observer_messages, sensor_messages
from tests.protocol import make_vectors

TABLES: dict[str, list[dict[str, Any]]] = json.loads(make_vectors.VECTORS.read_text(encoding="utf-8"))


def named(table: str, key: str) -> Any:
    return pytest.mark.parametrize("row", [pytest.param(row, id=f"{i} {row[key]}") for i, row in enumerate(TABLES[table])])


def item_of(row: dict[str, Any]) -> Frame | Text | Noise:
    if row["kind"] == "frame":
        return Frame(row["type"], row["sequence"], bytes.fromhex(row["payload"]))
    return Text(row["text"]) if row["kind"] == "text" else Noise(bytes.fromhex(row["data"]))


def test_the_table_is_what_its_script_writes() -> None:
    assert make_vectors.VECTORS.read_text(encoding="utf-8") == make_vectors.render()


def test_the_scripts_own_checksum_has_the_published_check_value() -> None:
    # CRC-32/ISO-HDLC of "123456789", from the catalogue of CRC algorithms.
    assert make_vectors.crc32(b"123456789") == 0xCBF43926


@named("frames", "name")
def test_frames_are_encoded(row: dict[str, Any]) -> None:
    assert encode_frame(row["type"], row["sequence"], bytes.fromhex(row["payload"])).hex() == row["frame"]


@named("frames", "name")
def test_frames_are_decoded_in_one_piece_and_byte_by_byte(row: dict[str, Any]) -> None:
    stream = bytes.fromhex(row["frame"])
    expected = [Frame(row["type"], row["sequence"], bytes.fromhex(row["payload"]))]
    assert FrameDecoder(1024).feed(stream) == expected
    decoder = FrameDecoder(1024)
    assert [item for at in range(len(stream)) for item in decoder.feed(stream[at : at + 1])] == expected


@named("streams", "name")
def test_streams_are_cut_into_frames_text_and_noise(row: dict[str, Any]) -> None:
    assert FrameDecoder().feed(bytes.fromhex(row["stream"])) == [item_of(item) for item in row["items"]]


@named("payloads", "message")
def test_payloads_are_packed_and_unpacked(row: dict[str, Any]) -> None:
    message_class: type[Message] = _class(row["message"])
    fields = {name: bytes.fromhex(value) if name in ("data", "sha256") else value for name, value in row["fields"].items()}
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    message = message_class(**fields)
    assert message.pack().hex() == row["payload"]
    assert message_class.unpack(bytes.fromhex(row["payload"])) == message


def _class(name: str) -> type[Message]:
    module = next(one for one in (messages, observer_messages, sensor_messages) if hasattr(one, name))
    found: type[Message] = getattr(module, name)
    return found


def test_every_message_has_a_vector() -> None:
    known = {kind.__name__ for request in messages.REQUESTS for kind in (request, request.reply_class)}
    known |= {kind.__name__ for kind in (*messages.EVENTS, messages.ErrorReply, observer_messages.LayerRecord)}
    assert {row["message"] for row in TABLES["payloads"]} == known
