"""The examples that read a sensor: what a host did meanwhile is neither lost sound nor half of a window."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mcu_toolkit.system.resources import templates_dir
from tests.firmware_c.build import FAKE_LINK, SANITIZERS, compile_program, write_sources

MAIN = Path(__file__).with_name("sensor_app_main.c")


def build(example: str, channels: int, folder: Path) -> Path:
    write_sources(folder, FAKE_LINK)
    for path in (MAIN, templates_dir() / "application/src/app.h", templates_dir() / f"application/examples/{example}/app.c"):
        shutil.copy(path, folder)
    return compile_program(folder, ("app.c", MAIN.name), "example", f"-DCHANNELS={channels}u", *SANITIZERS)


def said(program: Path, *turns: tuple[int, int, int]) -> list[str]:
    text = "".join(" ".join(map(str, turn)) + "\n" for turn in turns)
    return subprocess.run([program], input=text, capture_output=True, text=True, check=True).stdout.splitlines()


def numbers(first: int) -> str:
    return " ".join(map(str, range(first, first + 12)))


@pytest.mark.parametrize(("example", "channels"), [("microphone", 1), ("accelerometer", 3)])
def test_a_window_begins_after_a_session_and_losses_are_counted_from_there(example: str, channels: int, tmp_path: Path) -> None:
    program = build(example, channels, tmp_path)
    assert said(program, (6, 5, 0), (6, 5, 0)) == ["app: ready", "app: lost samples: 5", numbers(0)], "without a session it goes on"
    after_recording = said(program, (6, 5, 0), (12, 0, 1), (0, 2, 0))
    assert after_recording == ["app: ready", "app: lost samples: 5", numbers(6), "app: lost samples: 2"]
    sensor_went_on = said(program, (6, 5, 0), (12, 9, 1), (0, 10, 0))
    assert sensor_went_on == ["app: ready", "app: lost samples: 5", numbers(6), "app: lost samples: 1"]
