"""Writes vectors.json, the one table both implementations are tested with.  `python -m tests.protocol.make_vectors`.

Written against docs/protocol.md with nothing of the toolkit: a bit-by-bit CRC, a textbook COBS, struct.  A test checks
that vectors.json is what this writes.
"""

from __future__ import annotations

import json
import random
import struct
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parent / "vectors.json"


def crc32(data: bytes) -> int:
    """Reflected CRC-32, one bit at a time."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def cobs(data: bytes) -> bytes:
    """Each block of up to 254 bytes without zero, led by its length plus one; shorter blocks stand for a zero at their end."""
    blocks = []
    parts = data.split(b"\0")
    for i, whole in enumerate(parts):
        part = whole
        # A block of 254 stands for no zero; where one follows, an empty block says so.
        while len(part) > 254 or (len(part) == 254 and i + 1 < len(parts)):
            blocks.append(b"\xff" + part[:254])
            part = part[254:]
        blocks.append(bytes((len(part) + 1,)) + part)
    return b"".join(blocks)


def frame(type_id: int, sequence: int, payload: bytes) -> bytes:
    """One frame with its delimiters."""
    head = struct.pack("<BH", type_id, sequence) + payload
    body = head + struct.pack("<I", crc32(head))
    encoded = cobs(body)
    assert 0 not in encoded
    return b"\0" + encoded + b"\0"


def text(value: str) -> bytes:
    """A `str` field."""
    return bytes((len(value.encode()),)) + value.encode()


def frames() -> list[dict[str, Any]]:
    """Payloads whose bodies cross every edge of COBS: runs of 253 to 255, zeros at both ends and nothing but zeros."""
    pick = random.Random(1)
    payloads = {
        "empty": b"",
        "one zero": b"\0",
        "only zeros": bytes(300),
        "no zeros": bytes(range(1, 256)),
        "zeros at both ends": b"\0abc\0",
        "random kilobyte": pick.randbytes(1024),
    }
    # The run starts at the sequence's last byte when type and sequence hold no zero: 3 bytes before the payload.
    payloads |= {f"run of {n} before the checksum": b"\x55" * (n - 3) for n in (252, 253, 254, 255, 256, 507, 508, 509, 510)}
    payloads |= {f"run of {n}, then a zero": b"\x55" * (n - 3) + b"\0" for n in (253, 254, 255, 507, 508, 509)}
    rows = []
    for name, payload in payloads.items():
        for type_id, sequence in ((0x0A, 0), (0x8A, 0x0102), (0xFF, 0xFFFF)):
            rows.append(
                {
                    "name": name,
                    "type": type_id,
                    "sequence": sequence,
                    "payload": payload.hex(),
                    "frame": frame(type_id, sequence, payload).hex(),
                }
            )
    return rows


def streams() -> list[dict[str, Any]]:
    """What a decoder makes of a line: F a frame (type, sequence, payload), T text, N noise (the device drops both)."""
    good = frame(0x0A, 5, b"hi\0there")
    expected = {"kind": "frame", "type": 0x0A, "sequence": 5, "payload": b"hi\0there".hex()}
    flipped = bytearray(good)
    flipped[4] ^= 0x10
    unsealed = b"\0" + cobs(b"\x0a\x05\0hi\xde\xad\xbe\xef") + b"\0"
    short = b"\0" + cobs(struct.pack("<I", crc32(b""))) + b"\0"
    table: list[tuple[str, bytes, list[dict[str, Any]]]] = [
        ("one frame", good, [expected]),
        ("one zero ends a frame and begins the next", good[:-1] + good, [expected, expected]),
        ("empty chunks are nothing", b"\0\0\0" + good + b"\0\0", [expected]),
        ("boot text before a frame", b"boot: ok\r\n" + good, [{"kind": "text", "text": "boot: ok\r\n"}, expected]),
        ("text in UTF-8", "30 °C\n".encode() + good, [{"kind": "text", "text": "30 °C\n"}, expected]),
        ("a flipped bit", bytes(flipped) + good, [{"kind": "noise", "data": bytes(flipped[1:-1]).hex()}, expected]),
        ("a wrong checksum", unsealed + good, [{"kind": "noise", "data": unsealed[1:-1].hex()}, expected]),
        ("a lost delimiter loses both", good[:-1] + good[1:], [{"kind": "noise", "data": (good[1:-1] + good[1:-1]).hex()}]),
        ("cut off, then whole", good[:6] + good, [{"kind": "noise", "data": good[1:6].hex()}, expected]),
        ("shorter than a frame can be", short + good, [{"kind": "noise", "data": short[1:-1].hex()}, expected]),
        ("unfinished", good + good[:-1], [expected]),
    ]
    full_run = bytes(range(1, 248))
    head = b"\x0a\x05\x01" + full_run
    body = head + struct.pack("<I", crc32(head))
    assert len(body) == 254
    assert 0 not in body
    longer = b"\0\xff" + body + b"\x01\0"
    row = {"kind": "frame", "type": 0x0A, "sequence": 0x0105, "payload": full_run.hex()}
    table.append(("an encoder that ends a full run with an empty one", longer, [row]))
    return [{"name": name, "stream": stream.hex(), "items": items} for name, stream, items in table]


def payloads() -> list[dict[str, Any]]:
    """One payload of every message."""
    sha = bytes(range(32))
    hello = {
        "version": 1, "max_payload_bytes": 256, "window_frames": 2, "capabilities": 0x1B, "clock_hz": 168_000_000, "tick_unit": 1,
        "model_count": 2, "boot_count": 3, "board": "netduinoplus2", "runtime": "aot (portable)", "toolkit": "0.1.0",
    }  # fmt: skip
    info = {
        "status": 0, "sha256": sha.hex(), "inputs": 1, "outputs": 2, "input_bytes": 784, "output_bytes": 10, "arena_bytes": 20_000,
        "arena_used_bytes": 19_000, "layers": 300, "name": "digits",
    }  # fmt: skip
    tensor = {"dtype": 9, "scale": 0.0078125, "zero_point": -128, "size_bytes": 784, "dims": [1, 28, 28, 1]}
    status = {"stack_bytes": 4096, "stack_used_bytes": 700, "invocations": 5, "frames_received": 70_000, "frames_dropped": 2}
    fault = {"kind": 3, "pc": 0x08001234, "lr": 0xFFFFFFF9, "status": 0x8200, "layer": 0xFFFF}
    table: list[tuple[str, dict[str, Any], bytes]] = [
        ("HelloRequest", {"version": 1}, b"\1"),
        (
            "HelloReply",
            hello,
            struct.pack("<BHBIIBBI", 1, 256, 2, 0x1B, 168_000_000, 1, 2, 3)
            + text("netduinoplus2")
            + text("aot (portable)")
            + text("0.1.0"),
        ),
        ("ModelInfoRequest", {"model": 1}, b"\1"),
        ("ModelInfoReply", info, struct.pack("<B32sBBIIIIH", 0, sha, 1, 2, 784, 10, 20_000, 19_000, 300) + text("digits")),
        ("TensorInfoRequest", {"model": 0, "direction": 1, "index": 2}, b"\0\1\2"),
        ("TensorInfoReply", tensor, struct.pack("<BfiIB4I", 9, 0.0078125, -128, 784, 4, 1, 28, 28, 1)),
        ("WriteInputRequest", {"model": 1, "offset": 0x030201, "data": "ff00fe"}, b"\1\1\2\3\xff\0\xfe"),
        ("InvokeRequest", {"model": 2}, b"\2"),
        ("InvokeReply", {"ticks": 0x0123456789ABCDEF}, bytes.fromhex("efcdab8967452301")),
        ("ReadOutputRequest", {"model": 0, "offset": 256, "length": 10}, bytes.fromhex("000001000a00")),
        ("ReadOutputReply", {"data": "000102"}, b"\0\1\2"),
        ("ResetStateRequest", {"model": 3}, b"\3"),
        ("StatusRequest", {}, b""),
        ("StatusReply", status, struct.pack("<5I", 4096, 700, 5, 70_000, 2)),
        ("RebootRequest", {}, b""),
        ("ReleaseRequest", {}, b""),
        ("EchoRequest", {"data": "00ff"}, b"\0\xff"),
        ("EchoReply", {"data": "00ff"}, b"\0\xff"),
        ("ObserveRequest", {"model": 1, "tensor": 0x0203, "offset": 0x060504}, bytes.fromhex("010302040506")),
        ("ObserveReply", {"records": 31, "capture_bytes": 70_000}, struct.pack("<HI", 31, 70_000)),
        ("ReadLayersRequest", {"model": 1, "first": 15}, bytes.fromhex("010f00")),
        ("ReadLayersReply", {"count": 31, "data": "0102"}, bytes.fromhex("1f000102")),
        ("ReadCaptureRequest", {"model": 1, "offset": 0x030201, "length": 256}, bytes.fromhex("010102030001")),
        ("ReadCaptureReply", {"data": "fe00"}, b"\xfe\0"),
        ("ReadConstantsRequest", {"model": 1, "layer": 0xFFFF}, b"\1\xff\xff"),
        ("ReadConstantsReply", {"size_bytes": 9664, "crc32": 0x89ABCDEF}, struct.pack("<II", 9664, 0x89ABCDEF)),
        ("StartSensorRequest", {}, b""),
        (
            "StartSensorReply",
            {"kind": 1, "channels": 1, "rate_millihz": 16_000_000, "scale": 0.5},
            struct.pack("<BBIf", 1, 1, 16_000_000, 0.5),
        ),
        ("ReadSensorRequest", {"max_samples": 0x0201}, b"\1\2"),
        ("ReadSensorReply", {"lost": 70_000, "ended": 1, "data": "0100feff"}, struct.pack("<IBhh", 70_000, 1, 1, -2)),
        ("StopSensorRequest", {}, b""),
        (
            "LayerRecord",
            {"layer": 3, "tensor": 17, "crc32": 0x89ABCDEF, "ticks": 1 << 40},
            struct.pack("<HHIQ", 3, 17, 0x89ABCDEF, 1 << 40),
        ),
        ("Empty", {}, b""),
        ("ErrorReply", {"request_type": 5, "code": 8, "detail": 252}, struct.pack("<BBI", 5, 8, 252)),
        ("BootEvent", {"reason": 2, "version": 1}, b"\2\1"),
        ("FaultEvent", fault, struct.pack("<BIIIH", 3, 0x08001234, 0xFFFFFFF9, 0x8200, 0xFFFF)),
    ]
    return [{"message": name, "fields": fields, "payload": payload.hex()} for name, fields, payload in table]


def error(sequence: int, request: int, code: int, detail: int) -> bytes:
    """An ERROR frame."""
    return frame(0xFF, sequence, struct.pack("<BBI", request, code, detail))


def conversation() -> list[dict[str, Any]]:
    """Requests to a freshly started fake device (tests/firmware_c/fakes) and its answers, in order."""
    zeros, inputs = 65_534, bytes(range(100)) + bytes(160)
    mixed = crc32(inputs)
    outputs = bytes((mixed >> 8 * (i % 4) & 0xFF) ^ i for i in range(190))
    hello = (
        struct.pack("<BHBIIBBI", 1, 128, 3, 0b11011, 0, 3, 3, 1)
        + text("host")
        + text("fake (for tests)")
        + text("0.0.test+0123456789abcdef")
    )
    mix = struct.pack("<B32sBBIIIIH", 0, b"m" * 32, 2, 2, 260, 190, 260, 260, 7) + text("mix")
    broken = struct.pack("<B32sBBIIIIH", 4, b"b" * 32, 1, 1, 0, 0, 260, 0, 1) + text("broken_model_with_a_name_of_more"[:31])
    ask, say = frame, frame
    write = [b"\0" + at.to_bytes(3, "little") + inputs[at : at + 100] for at in (0, 100, 200)]
    read = ask(6, 10, struct.pack("<BHBH", 0, 120, 0, 70))
    table: list[tuple[str, bytes, bytes]] = [
        ("it says that it has started", b"", say(0x40, 0, b"\0\1")),
        ("nothing without a session", ask(8, 3, b""), error(3, 8, 4, 0)),
        ("another version is refused", ask(1, 4, b"\2"), error(4, 1, 3, 1)),
        ("HELLO", ask(1, zeros, b"\1"), say(0x81, zeros, hello)),
        ("MODEL_INFO", ask(2, 65_535, b"\0"), say(0x82, 65_535, mix)),
        ("the number after 65535 is 0; a model that failed", ask(2, 0, b"\2"), say(0x82, 0, broken)),
        ("TENSOR_INFO", ask(3, 1, b"\0\0\1"), say(0x83, 1, struct.pack("<BfiIB2I", 7, 0.25, 0, 60, 2, 1, 30))),
        ("input is missing", ask(5, 2, b"\0"), error(2, 5, 8, 0)),
        ("WRITE_INPUT in three pieces, the last across two tensors", ask(4, 3, write[0]), say(0x84, 3, b"")),
        ("", ask(4, 4, write[1]), say(0x84, 4, b"")),
        ("a gap in the input is refused", ask(4, 5, b"\0\xff\0\0x"), error(5, 4, 8, 200)),
        ("", ask(4, 6, write[2][: 4 + 60]), say(0x84, 6, b"")),
        ("INVOKE", ask(5, 7, b"\0"), say(0x85, 7, struct.pack("<Q", 1000))),
        ("a repeated INVOKE gets the stored reply", ask(5, 7, b"\0"), say(0x85, 7, struct.pack("<Q", 1000))),
        ("inputs were consumed", ask(5, 8, b"\0"), error(8, 5, 8, 0)),
        ("a number ahead", ask(8, 12, b""), error(12, 8, 5, 9)),
        ("READ_OUTPUT", ask(6, 9, struct.pack("<BHBH", 0, 0, 0, 120)), say(0x86, 9, outputs[:120])),
        ("", read, say(0x86, 10, outputs[120:])),
        ("a repeated READ_OUTPUT", read, say(0x86, 10, outputs[120:])),
        ("beyond the output", ask(6, 11, struct.pack("<BHBH", 0, 189, 0, 2)), error(11, 6, 7, 190)),
        ("a number too old to be stored", ask(5, 7, b"\0"), error(7, 5, 5, 12)),
        ("no such model", ask(5, 12, b"\3"), error(12, 5, 6, 3)),
        ("a model that failed cannot run", ask(5, 13, b"\2"), error(13, 5, 10, 4)),
        ("no such request", ask(0x3F, 14, b""), error(14, 0x3F, 1, 0)),
        ("wrong length", ask(8, 15, b"x"), error(15, 8, 2, 1)),
        ("RESET_STATE", ask(7, 16, b"\1"), say(0x87, 16, b"")),
        ("ECHO after a damaged frame", b"\0\x05abc\0" + ask(10, 17, b"\0hello\0"), say(0x8A, 17, b"\0hello\0")),
        ("STATUS", ask(8, 18, b""), say(0x88, 18, struct.pack("<5I", 4096, 1234, 1, 27, 1))),
        ("HELLO again starts a new session", ask(1, 500, b"\1"), say(0x81, 500, hello)),
        ("", ask(8, 18, b""), error(18, 8, 5, 501)),
        ("RELEASE with a payload", ask(16, 501, b"x"), error(501, 16, 2, 1)),
        ("RELEASE ends the session", ask(16, 502, b""), say(0x90, 502, b"")),
        ("a repeated RELEASE finds none", ask(16, 502, b""), error(502, 16, 4, 0)),
    ]
    return [{"name": name, "send": send.hex(), "receive": receive.hex()} for name, send, receive in table]


def render() -> str:
    """The text of vectors.json."""
    tables = {"frames": frames(), "streams": streams(), "payloads": payloads(), "conversation": conversation()}
    sections = []
    for name, rows in tables.items():
        lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
        sections.append(f'"{name}": [\n{lines}\n]')
    return "{\n" + ",\n".join(sections) + "\n}\n"


if __name__ == "__main__":
    VECTORS.write_text(render(), encoding="utf-8")
