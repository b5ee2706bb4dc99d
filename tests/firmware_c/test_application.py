"""The application's own C files, under sanitizers, between the real command loop and fake models."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.firmware import render_text
from mcu_toolkit.protocol import Frame, FrameDecoder, Text, encode_frame
from mcu_toolkit.system.resources import templates_dir
from mcu_toolkit.system.sinks import c_string
from tests.firmware_c.build import FAKE_LINK, SANITIZERS, SOURCES, compile_program, converse, render_config, write_sources
from tests.firmware_c.model_device import mix

BOOT, HELLO, INVOKE, STATUS, RELEASE = 0x40, 1, 5, 8, 0x10


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fake device with fake_app.c as its application, and two labels."""
    folder = tmp_path_factory.mktemp("application")
    write_sources(folder, FAKE_LINK)
    (folder / "firmware_config.h").write_text(render_config(FAKE_LINK, application=True))
    for path in (templates_dir() / "application/src").glob("*.[ch]"):
        shutil.copy(path, folder)
    context = {"banner": ["made for a test"], "labels": [c_string("left"), c_string('"right"')]}
    (folder / "app_support.c").write_text(render_text("application/src/app_support.c.j2", context))
    sources = (*SOURCES, "app_run.c", "app_support.c", "fake_app.c", "fake_platform.c", "fake_inference.c")
    return compile_program(folder, sources, "device", *SANITIZERS)


def hear(device: Path, *requests: bytes, **settings: int) -> list[str]:
    """What the device says, in order: lines of text, and types of frames as `<0x81>`."""
    decoder = FrameDecoder()
    said: list[str] = []
    spoken = converse(device, b"".join(requests), FAKE_LINGER=20, **settings)
    for item in [*decoder.feed(spoken), *decoder.take_text()]:
        said += item.text.splitlines() if isinstance(item, Text) else [f"<{item.type_id:#x}>"] if isinstance(item, Frame) else ["?"]
    return said


def test_it_runs_without_a_host(device: Path) -> None:
    outputs = np.frombuffer(mix(bytes((5, 6, 7)) + bytes(257)), np.int8)[:150]
    best = int(outputs.argmax())
    result = f"result 0 0 1005 best {best} {(int(outputs[best]) + 128) / 256:.6f}"
    assert hear(device) == ["<0x40>", "setup", result, result]


def test_a_host_has_the_board_for_itself_and_gives_it_back(device: Path) -> None:
    """All requests are there from the beginning, so its first turn would come after the last of them, or after RELEASE."""
    alone = hear(device)
    hello, release = encode_frame(HELLO, 10, b"\1"), encode_frame(RELEASE, 12, b"")
    said = hear(device, hello, encode_frame(STATUS, 11, b""))
    assert said == ["<0x40>", "setup", "<0x81>", "<0x88>"], "it rests as long as the session is open"
    said = hear(device, hello, encode_frame(STATUS, 11, b""), release)
    assert said == ["<0x40>", "setup", "<0x81>", "<0x88>", "<0x90>", *alone[2:]]


def test_after_release_there_is_no_session(device: Path) -> None:
    requests = (encode_frame(HELLO, 10, b"\1"), encode_frame(RELEASE, 11, b""), encode_frame(RELEASE, 11, b""))
    assert hear(device, *requests)[2:5] == ["<0x81>", "<0x90>", "<0xff>"]


def test_a_model_that_cannot_run_is_reported_to_the_application(device: Path) -> None:
    assert hear(device, FAKE_APP_MODEL=2)[2] == "result 2 4 0", "INFERENCE_ARENA_TOO_SMALL"
    assert hear(device, FAKE_APP_MODEL=9)[2] == "result 9 1 0", "INFERENCE_NO_SUCH_MODEL"


def test_a_counter_that_does_not_work_says_nothing(device: Path) -> None:
    assert hear(device, FAKE_TICKS_WORK=0)[2].startswith("result 0 0 0 ")


def test_numbers_are_printed_as_people_write_them(device: Path) -> None:
    _, _, reals, integers, *_ = hear(device, FAKE_APP_NUMBERS=1)
    assert reals == "0.000 0.000 1.000 -1.500 0.050 0.999 1.000 123456.781 -2000000000.000 ? 0.000 3 0.123457"
    assert integers == '0 7 -7 2147483647 -2147483648 "right" class 2'


def test_real_values_are_quantized_as_the_toolkit_does_it(device: Path) -> None:
    """int8: scale 0.5, zero point -3; int16: scale 0.25, zero point 0 (fake_inference.c)."""
    values = np.array([0.0, 0.24, 0.25, -0.25, 0.75, 10.0, 65.0, 65.1, -63.0, 1e30, -1e30], np.float32)

    def quantized(scale: float, zero_point: int, least: int, most: int) -> list[int]:
        steps = values.astype(np.float64) / scale
        return [int(q) for q in np.clip(np.trunc(steps + np.copysign(0.5, steps)) + zero_point, least, most)]

    pairs = zip(quantized(0.5, -3, -128, 127), quantized(0.25, 0, -32768, 32767), strict=True)
    expected = [f"{byte}/{half}" for byte, half in pairs] + ["-3/0"]  # what is no number is zero
    said = hear(device, FAKE_APP_NUMBERS=1)[4].split()
    assert said[:-1] == expected
    assert said[-1] == "0", "an element beyond the end changes nothing"
