"""Every way in which the real library can fail at start-up reaches the user with the reason, from an emulated board."""

from __future__ import annotations

import dataclasses
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runtimes.tflm.arena import Arena
from tests.cli.running import mcu
from tests.emulated import own_boards
from tests.runtimes.tflm.on_board import edit, generated, real_runtime, start
from tests.small_models import convolution, fully_connected
from tests.tflm_library import NEEDS_LIBRARY

pytestmark = [*NEEDS_LIBRARY, pytest.mark.slow, pytest.mark.timeout(3600)]
MODEL = parse_model(fully_connected(softmax=True), "net")


@pytest.fixture(autouse=True)
def boards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with own_boards(monkeypatch):
        yield


def with_schema_version(model: Model, version: int) -> Model:
    """The same model; only its flatbuffer says another version of the schema: field 0 of the root table."""
    content = bytearray(model.content)
    [root] = struct.unpack_from("<I", content)
    vtable = root - struct.unpack_from("<i", content, root)[0]
    at = root + struct.unpack_from("<H", content, vtable + 4)[0]
    assert struct.unpack_from("<I", content, at) == (3,)
    struct.pack_into("<I", content, at, version)
    return dataclasses.replace(model, content=bytes(content))


def without_softmax(text: str) -> str:
    return re.sub(r"    if \(to\.AddSoftmax\(.*\n.*\n    \}\n", "", text)


def with_room_for_one_operator(text: str) -> str:
    return text.replace("kOperatorCount = 2", "kOperatorCount = 1")


def test_the_same_project_unspoilt_starts(tmp_path: Path) -> None:
    assert start(generated(MODEL, tmp_path / "p")) == (0, [])


def test_an_arena_that_is_too_small(tmp_path: Path) -> None:
    project = generated(MODEL, tmp_path / "p", real_runtime(arena=Arena(512)))
    status, lines = start(project)
    assert status == 4
    assert any(re.search(r"equested: \d+, available -?\d+, missing: \d+", line) for line in lines)
    verified = mcu("verify", project.folder, "--random", "1")
    assert "could not prepare model 'net': the tensor arena is too small" in verified.error
    assert re.search(r"board says: .*missing", verified.stderr)
    assert verified.exit_code == 3


@pytest.mark.parametrize(
    ("spoil", "words"),
    [(without_softmax, "SOFTMAX"), (with_room_for_one_operator, "Couldn't register builtin op")],
    ids=["left out", "no room"],
)
def test_an_operator_that_is_missing(tmp_path: Path, spoil: object, words: str) -> None:
    project = generated(MODEL, tmp_path / "p")
    assert callable(spoil)
    edit(project, "inference.cc", spoil)
    status, lines = start(project)
    assert status == 3
    assert any(words in line for line in lines), lines
    verified = mcu("verify", project.folder, "--random", "1")
    assert "could not prepare model 'net': an operator is missing in the firmware" in verified.error
    assert words in verified.stderr


def test_a_model_of_another_schema_version(tmp_path: Path) -> None:
    assert start(generated(with_schema_version(MODEL, 2), tmp_path / "p"))[0] == 2


def test_a_model_that_the_kernels_refuse(tmp_path: Path) -> None:
    # Its weights are for more inputs than there are: nothing but the library itself looks at that.
    project = generated(parse_model(convolution(), "conv"), tmp_path / "p")
    edit(project, "inference.cc", lambda text: re.sub(r"(/\* bytes \*/) \d+", r"\1 7", text))
    assert start(project)[0] == 5
