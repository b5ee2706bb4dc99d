"""The user's shell has no say in what PlatformIO builds for us, nor where."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import build_project
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from tests.small_models import fully_connected

HOST = load_board("host")
FOLDERS = (
    *("BUILD", "SRC", "INCLUDE", "LIB", "LIBDEPS", "WORKSPACE", "BOARDS", "DATA", "SHARED"),
    *("PACKAGES", "PLATFORMS", "CACHE", "GLOBALLIB"),
)


def test_variables_of_platformio_neither_lead_out_of_the_project_nor_bring_code_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    for name in FOLDERS:
        monkeypatch.setenv(f"PLATFORMIO_{name}_DIR", str(elsewhere / name))
    (elsewhere / "SRC").mkdir(parents=True)
    (elsewhere / "SRC/foreign.c").write_text("#error foreign code\n")
    script = elsewhere / "script.py"
    script.write_text(f"open({str(elsewhere / 'ran')!r}, 'w').close()\n")
    monkeypatch.setenv("PLATFORMIO_EXTRA_SCRIPTS", f"pre:{script}")
    monkeypatch.setenv("PLATFORMIO_BUILD_FLAGS", "-include nothing.h")
    monkeypatch.setenv("PLATFORMIO_BUILD_SRC_FLAGS", "-include nothing.h")
    monkeypatch.setenv("PLATFORMIO_BUILD_SRC_FILTER", "-<*>")
    monkeypatch.setenv("PLATFORMIO_DEFAULT_ENVS", "another")
    monkeypatch.setenv("PLATFORMIO_LIB_EXTRA_DIRS", str(elsewhere / "SRC"))
    monkeypatch.setenv("SCONSFLAGS", "--no-exec")
    before = sorted(elsewhere.rglob("*"))
    project = generate_project([parse_model(fully_connected(), "m")], HOST, get_runtime("aot"), tmp_path / "p")
    built = build_project(project, HOST)
    assert built.elf.is_relative_to(project.folder / ".pio")
    assert built.elf.is_file()
    assert sorted(elsewhere.rglob("*")) == before
