"""Generated C as a library of this machine: compiled once, and again when anything of it changes."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from mcu_toolkit.build import build_host_library, host_library
from mcu_toolkit.errors import InputError, ToolError


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCU_CACHE_DIR", str(tmp_path / "cache"))


def _sources(folder: Path, answer: str) -> Path:
    (folder / "kernels").mkdir(parents=True, exist_ok=True)
    (folder / "kernels/answer.h").write_text(f"#define ANSWER {answer}\n")
    (folder / "model.c").write_text('#include "kernels/answer.h"\nint answer(void);\nint answer(void) { return ANSWER; }\n')
    return folder


def _answer(library: Path) -> int:
    return int(ctypes.CDLL(str(library)).answer())


def test_the_library_runs(tmp_path: Path) -> None:
    output = tmp_path / "out" / "model.so"
    assert build_host_library(_sources(tmp_path / "src", "42"), output) == output
    assert _answer(output) == 42


def test_the_same_sources_are_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_host_library(_sources(tmp_path / "src", "1"), tmp_path / "a.so")

    def compiled(*_: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(host_library, "_compile", compiled)
    assert _answer(build_host_library(_sources(tmp_path / "elsewhere", "1"), tmp_path / "b.so")) == 1


def test_a_changed_header_is_compiled_again(tmp_path: Path) -> None:
    assert _answer(build_host_library(_sources(tmp_path / "src", "1"), tmp_path / "a.so")) == 1
    assert _answer(build_host_library(_sources(tmp_path / "src", "2"), tmp_path / "b.so")) == 2


def test_a_compile_error_shows_the_compilers_words_and_leaves_no_library(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="not_there"):
        build_host_library(_sources(tmp_path / "src", "not_there"), tmp_path / "a.so")
    assert not (tmp_path / "a.so").exists()
    assert not list((tmp_path / "cache").rglob("*.so"))


def test_a_folder_without_c_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no C file"):
        build_host_library(tmp_path, tmp_path / "a.so")
