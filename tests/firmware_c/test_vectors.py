"""vectors.json against the C implementation, under sanitizers."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.firmware_c.build import converse
from tests.protocol.test_vectors import TABLES


def ask(program: Path, lines: list[str]) -> list[str]:
    done = subprocess.run([program], input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return [line.strip() for line in done.stdout.splitlines()]


def as_words(item: dict[str, Any]) -> str:
    return f"F {item['type']} {item['sequence']} {item['payload'] or '-'}" if item["kind"] == "frame" else "X"


def test_frames_are_encoded_in_place(framing_program: Path) -> None:
    rows = TABLES["frames"]
    said = ask(framing_program, [f"E {row['type']} {row['sequence']} {row['payload'] or '-'}" for row in rows])
    assert said == [row["frame"] for row in rows]


def test_frames_are_decoded(framing_program: Path) -> None:
    rows = TABLES["frames"]
    said = ask(framing_program, [f"D {row['frame']}" for row in rows])
    assert said == [as_words({"kind": "frame", **row}) for row in rows]


def test_what_is_no_frame_is_dropped_and_what_follows_is_not(framing_program: Path) -> None:
    rows = TABLES["streams"]
    said = ask(framing_program, [f"D {row['stream']}" for row in rows])
    assert said == [" ".join(as_words(item) for item in row["items"]) for row in rows]


def test_a_frame_larger_than_the_buffer_is_dropped(framing_program: Path) -> None:
    from mcu_toolkit.protocol import encode_frame

    largest, larger = encode_frame(10, 1, b"x" * 1024), encode_frame(10, 2, b"x" * 1025)
    [said] = ask(framing_program, [f"D {larger.hex()}{largest.hex()}"])
    assert said == f"X F 10 1 {(b'x' * 1024).hex()}"


@pytest.mark.parametrize("read_bytes", [1, 5, 64])
def test_the_conversation(sanitized_device: Path, read_bytes: int) -> None:
    rows = TABLES["conversation"]
    said = converse(sanitized_device, b"".join(bytes.fromhex(row["send"]) for row in rows), FAKE_READ_BYTES=read_bytes).hex()
    for row in rows:
        assert said.startswith(row["receive"]), row["name"]
        said = said[len(row["receive"]) :]
    assert said == ""
