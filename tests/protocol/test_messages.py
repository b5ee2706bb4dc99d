"""Layouts: refusals, and agreement with the page and with the C header."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from mcu_toolkit.errors import ProtocolError
from mcu_toolkit.protocol import ids, messages, render_ids_header
from mcu_toolkit.protocol.layout import Empty, Message, is_fixed, layout_of, least_bytes

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


def rows_of_the_page() -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("|")]


def without_remarks(cell: str) -> str:
    return re.sub(r" \(.*?\)", "", cell)


def described(message: type[Message]) -> str:
    parts = []
    for name, wire_type in layout_of(message):
        parts.append(wire_type.wire_name if name in ("data", "dims") else f"{name} {wire_type.wire_name}")
    return ", ".join(parts) or "-"


def test_the_page_lists_every_request_with_its_layout() -> None:
    rows = {row[1]: row for row in rows_of_the_page() if len(row) == 4 and row[0].startswith("0x")}
    assert set(rows) == set(ids.RequestType.__members__)
    for request in messages.REQUESTS:
        row = rows[request.type_id.name]
        assert int(row[0], 16) == request.type_id
        assert without_remarks(row[2]) == described(request)
        assert without_remarks(row[3]) == described(request.reply_class)


def test_the_page_lists_every_event_with_its_layout() -> None:
    rows = {row[1]: row for row in rows_of_the_page() if len(row) == 3 and row[0].startswith("0x")}
    assert set(rows) == set(ids.EventType.__members__)
    for event in messages.EVENTS:
        assert int(rows[event.type_id.name][0], 16) == event.type_id
        assert without_remarks(rows[event.type_id.name][2]) == described(event)


def test_the_page_lists_every_error_code() -> None:
    rows = {int(row[0]): row[1] for row in rows_of_the_page() if len(row) == 3 and row[0].isdecimal()}
    assert rows == {code.value: code.name.lower() for code in ids.ErrorCode}


def test_the_page_names_the_version() -> None:
    assert PAGE.startswith(f"# The serial protocol, version {ids.PROTOCOL_VERSION}\n")


@pytest.mark.parametrize(
    "message", [kind for request in messages.REQUESTS for kind in (request, request.reply_class) if least_bytes(kind) > 0]
)
def test_a_payload_that_is_cut_off_is_refused(message: type[Message]) -> None:
    with pytest.raises(ProtocolError, match="ends in its field"):
        message.unpack(bytes(least_bytes(message) - 1))


@pytest.mark.parametrize("message", [messages.InvokeReply, Empty, messages.HelloReply, messages.ErrorReply])
def test_a_payload_that_is_too_long_is_refused(message: type[Message]) -> None:
    with pytest.raises(ProtocolError, match="1 bytes too long"):
        message.unpack(bytes(least_bytes(message) + 1))


def test_a_value_that_does_not_fit_is_named() -> None:
    with pytest.raises(ProtocolError, match=r"ReadOutputRequest\.offset = 16777216 cannot be sent"):
        messages.ReadOutputRequest(0, 1 << 24, 0).pack()
    with pytest.raises(ProtocolError, match="model = 256"):
        messages.InvokeRequest(256).pack()


def test_hello_fits_the_smallest_payload() -> None:
    longest = messages.HelloReply(1, 65535, 255, 2**32 - 1, 2**32 - 1, 3, 255, 2**32 - 1, *["x" * ids.MAX_STRING_BYTES] * 3)
    assert len(longest.pack()) <= ids.MIN_MAX_PAYLOAD_BYTES


def test_the_header_compiles_and_says_what_the_tables_say(tmp_path: Path) -> None:
    (tmp_path / "ids.h").write_text(render_ids_header())
    listed = subprocess.run(
        ["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-dM", "-E", "ids.h"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    defined = dict(line.split()[1:3] for line in listed.stdout.splitlines() if line.startswith("#define PROTO_"))
    assert int(defined["PROTO_HELLO"], 0) == ids.RequestType.HELLO
    assert int(defined["PROTO_ERROR_OUT_OF_ORDER"], 0) == ids.ErrorCode.OUT_OF_ORDER
    assert defined["PROTO_READ_OUTPUT_REQUEST_LENGTH_AT"] == "4"
    assert defined["PROTO_MODEL_INFO_REPLY_NAME_AT"] == "53"
    for request in messages.REQUESTS:
        suffix = "BYTES" if is_fixed(request) else "MIN_BYTES"
        if layout_of(request):
            assert defined[f"PROTO_{request.type_id.name}_REQUEST_{suffix}"] == str(least_bytes(request))
