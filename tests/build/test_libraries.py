"""A library that cannot be fetched is reported within two seconds, before PlatformIO would wait a minute for it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.build import libraries
from mcu_toolkit.build.libraries import library_specifications, require_libraries
from mcu_toolkit.errors import ToolError


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], FirmwareProject]:
    """A project whose platformio.ini lists one library; PlatformIO's own folders are empty and its registry does not answer."""
    monkeypatch.setenv("PLATFORMIO_CORE_DIR", str(tmp_path / "core"))
    monkeypatch.setattr(libraries, "registry_answers", lambda: False)

    def make(specification: str) -> FirmwareProject:
        (tmp_path / "platformio.ini").write_text(f"[env:board]\nboard = x\nlib_deps =\n    {specification}\nbuild_flags =\n    -O2\n")
        return FirmwareProject(tmp_path, "board", "tflm", ("m",), ("0" * 64,))

    return make


@pytest.mark.parametrize(
    ("line", "specification"),
    [
        ("tflm=symlink:///a/b", "symlink:///a/b"),
        ("owner/Name@1.0", "owner/Name@1.0"),
        ("Name @ ^1.2", "Name @ ^1.2"),
        ("x = https://example.com/x.git", "https://example.com/x.git"),
    ],
)
def test_what_a_project_needs_is_read_from_its_ini(project: Callable[[str], FirmwareProject], line: str, specification: str) -> None:
    assert library_specifications(project(line).folder) == (specification,)


def test_a_project_without_libraries_needs_none(tmp_path: Path) -> None:
    (tmp_path / "platformio.ini").write_text("[env:x]\nboard = y\n")
    assert library_specifications(tmp_path) == ()


def test_without_the_registry_the_message_names_library_attempt_and_ways_out(project: Callable[[str], FirmwareProject]) -> None:
    with pytest.raises(ToolError) as refused:
        require_libraries(project("spaziochirale/Chirale_TensorFLowLite@2.0.0"))
    text = str(refused.value)
    for part in ("spaziochirale/Chirale_TensorFLowLite@2.0.0", "PlatformIO's registry did not answer within 2 s", "--tflm-library",
                 "mcu inspect says whether aot, which needs none, takes the model too"):  # fmt: skip
        assert part in text


def test_with_the_registry_or_a_folder_nothing_is_said(project: Callable[[str], FirmwareProject], monkeypatch: pytest.MonkeyPatch) -> None:
    require_libraries(project("tflm=symlink:///anywhere"))
    monkeypatch.setattr(libraries, "registry_answers", lambda: True)
    require_libraries(project("owner/Name@1.0"))


def test_a_library_that_was_fetched_before_needs_no_network(project: Callable[[str], FirmwareProject]) -> None:
    made = project("owner/Name@1.0")
    fetched = made.folder / ".pio/libdeps/board/Name"
    fetched.mkdir(parents=True)
    (fetched / ".piopm").write_text(json.dumps({"name": "Name", "version": "1.0.3"}))
    require_libraries(made)


def test_a_git_address_is_tried_at_its_own_host(project: Callable[[str], FirmwareProject]) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        require_libraries(project(f"https://127.0.0.1:{port}/x/tflm.git"))
    start_s = time.monotonic()
    with pytest.raises(ToolError, match=r"127\.0\.0\.1 did not answer"):
        require_libraries(project(f"https://127.0.0.1:{port}/x/tflm.git"))
    assert time.monotonic() - start_s < 10
