"""Compiles the real command loop, with fakes below and above it, as programs of this machine."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import jinja2
import pytest

from mcu_toolkit.boards import Link, load_board
from mcu_toolkit.firmware.build_id import build_id_header
from mcu_toolkit.firmware.observer import ObserverSizes
from mcu_toolkit.protocol import render_ids_header
from mcu_toolkit.system.resources import templates_dir

FAKES = Path(__file__).parent / "fakes"
SOURCES = ("framing.c", "command_loop.c", "requests.c", "request_model.c", "layers.c", "sensor_requests.c", "firmware.c", "main.c")
FAKE_LINK = Link(max_payload_bytes=128, window_frames=3)
"""Small, and with a window that does not divide 65536."""
FAKE_MODELS = 3
WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror")
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g")


def require(compiler: str) -> str:
    """The compiler's path; skips the test where it is missing."""
    path = shutil.which(compiler)
    if path is None:
        pytest.skip(f"{compiler} is not installed")
    return path


FAKE_BUILD_ID = "0123456789abcdef"
OBSERVER = ObserverSizes(records=4, capture_bytes=90)
"""Of the fake device with the observer: one record too few for an inference of its first model."""


def render_config(link: Link, board_id: str = "host", models: int = FAKE_MODELS, application: bool = False, sensor: int = 0) -> str:
    """firmware_config.h as the firmware generator renders it, with other buffer sizes."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates_dir()), undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    board = dataclasses.replace(load_board(board_id), link=link)
    template = environment.get_template("common/src/firmware_config.h.j2")
    facts = {
        "models": [object()] * models,
        "toolkit_version": "0.0.test",
        "application": application,
        "banner": ["made for a test"],
        "observer": OBSERVER,
        "sensor": sensor,
    }
    return template.render(board=board, **facts)


def write_sources(folder: Path, link: Link, board_id: str = "host", models: int = FAKE_MODELS, sensor: int = 0) -> None:
    """All files of common/src and the fakes, with the two rendered headers."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in [*(templates_dir() / "common/src").glob("*.[ch]"), templates_dir() / "sensors/mcu_sensor.h", *FAKES.glob("*.[ch]")]:
        shutil.copy(path, folder / path.name)
    (folder / "firmware_config.h").write_text(render_config(link, board_id, models, sensor=sensor))
    (folder / "protocol_ids.h").write_text(render_ids_header())
    (folder / "build_id.h").write_bytes(build_id_header(FAKE_BUILD_ID))


def compile_program(folder: Path, sources: tuple[str, ...], output: str, *options: str) -> Path:
    """Compile and link; the compiler's words are the failure's."""
    command = [require("gcc"), *WARNINGS, "-O1", *options, *sources, "-o", output]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / output


def build_fake_device(folder: Path, link: Link = FAKE_LINK, *options: str, models: int = FAKE_MODELS, sensor: bool = False) -> Path:
    """The fake device: speaks the protocol on its standard input and output; `models`: only the first ones."""
    write_sources(folder, link, models=models, sensor=2 if sensor else 0)
    fakes = ("fake_platform.c", "fake_inference.c", *(["fake_sensor.c"] if sensor else []))
    return compile_program(folder, (*SOURCES, *fakes), "fake_device", *options)


def build_framing_vectors(folder: Path, *options: str) -> Path:
    """framing.c alone, with the line interface of fakes/framing_vectors.c."""
    write_sources(folder, Link(max_payload_bytes=1024, window_frames=1))
    return compile_program(folder, ("framing.c", "framing_vectors.c"), "framing_vectors", *options)


def converse(program: Path, stream: bytes, **settings: int) -> bytes:
    """Everything the fake device says to `stream`; asserts that it ends well (a sanitizer's finding ends it badly)."""
    environment = {**os.environ, **{name: str(value) for name, value in settings.items()}}
    with tempfile.TemporaryFile() as whole:  # not a pipe: all of it is there when the device begins
        whole.write(stream)
        whole.seek(0)
        done = subprocess.run([program], stdin=whole, capture_output=True, env=environment, timeout=300, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-4000:]
    return done.stdout
