"""`mcu generate --as-library`: PlatformIO takes it by lib_deps, the emulated board computes what TFLM computes, the sketch is C++."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import build_project, flash_project
from mcu_toolkit.export_formats import LIBRARY
from mcu_toolkit.firmware import export_folder
from mcu_toolkit.model import parse_model
from mcu_toolkit.runners import TflmRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.base import ExportForm
from tests import small_models
from tests.platforms.echo_project import EchoBoard, make_echo_project

HERE = Path(__file__).parent
MODEL = parse_model(small_models.addition(), "addition")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return export_folder([MODEL], load_board("netduinoplus2"), get_runtime("aot"), tmp_path / "addition", ExportForm(LIBRARY)).folder


@pytest.mark.slow
def test_a_project_takes_the_library_by_lib_deps_and_computes_what_tflm_does(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = load_board("netduinoplus2")
    project = make_echo_project(board, tmp_path / "project")
    shutil.copy(HERE / "library_main.c", project.folder / "src/main.c")
    ini = project.folder / "platformio.ini"
    ini.write_text(f"{ini.read_text()}lib_deps = symlink://{library}\n")
    build_project(project, board)
    monkeypatch.setenv("MCU_STATE_DIR", str(tmp_path / "s"))
    flash_project(project, board)
    running = EchoBoard.open(board.id)
    try:
        computed = [int(word) for word in running.line().split()]
    finally:
        running.close()
    ramp = (np.arange(6) % 251 - 125).astype(np.int8).reshape(1, 3, 2)
    golden = TflmRunner(MODEL)
    try:
        assert computed == golden.run([ramp, ramp]).outputs[0].reshape(-1).tolist()
    finally:
        golden.close()


def test_the_arduino_sketch_compiles_with_the_library(library: Path, tmp_path: Path) -> None:
    if shutil.which("g++") is None:
        pytest.skip("no g++")
    [sketch] = library.glob("examples/*/*.ino")
    assert sketch.stem == sketch.parent.name  # the IDE wants it so
    unit = tmp_path / "sketch.cpp"
    unit.write_text(f"#include <Arduino.h>\n{sketch.read_text()}")
    include = [f"-I{HERE / 'arduino_stub'}", f"-I{library / 'src'}"]
    subprocess.run(["g++", "-std=gnu++11", "-Wall", "-Wextra", "-Werror", *include, "-c", unit, "-o", tmp_path / "sketch.o"], check=True)


def test_the_manifests_name_the_library_and_its_headers(library: Path) -> None:
    import json

    manifest = json.loads((library / "library.json").read_text())
    assert manifest["name"] == "addition"
    assert all((library / "src" / header).is_file() for header in manifest["headers"])
    properties = dict(line.split("=", 1) for line in (library / "library.properties").read_text().split("\n") if line)
    assert {"name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url", "architectures"} <= properties.keys()
    assert properties["includes"] == "addition.h"
