"""The library as the user names it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import InputError
from mcu_toolkit.runtimes.tflm import TflmRuntime
from mcu_toolkit.runtimes.tflm import library as library_module
from mcu_toolkit.runtimes.tflm.library import DEFAULT_LIBRARY, Library, default_library, open_library
from mcu_toolkit.runtimes.tflm.operators import BUILTINS
from mcu_toolkit.runtimes.tflm.platformio import options_for
from tests.runtimes.tflm.stub_library import write_library
from tests.tflm_library import NEEDS_LIBRARY, library_folder

NETDUINO, HOST, NANO = (load_board(name) for name in ("netduinoplus2", "host", "nano33ble"))


@pytest.mark.parametrize("form", ["{folder}", "symlink://{folder}", "file://{folder}", "./lib", "lib"])
def test_a_folder_may_be_named_in_several_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    folder = write_library(tmp_path / "lib")
    monkeypatch.chdir(tmp_path)
    library = open_library(form.format(folder=folder))
    assert library.folder == folder
    assert library.specification == f"symlink://{folder}"
    assert library.facts is not None
    assert library.facts.since == "2026-01"


def test_an_arduino_library_keeps_its_sources_in_src(tmp_path: Path) -> None:
    folder = write_library(tmp_path / "lib", "2023", manifest=False, source_folder="src")
    (folder / "library.properties").write_text("name=x\n")
    library = open_library(str(folder))
    assert library.facts is not None
    assert library.facts.age == "TFLM from before 2023-03"


@pytest.mark.parametrize(
    ("name", "known"),
    [(DEFAULT_LIBRARY, True), ("someone/Other@^1.0", False), ("https://example.com/x/tflm.git#v1", False), ("Other @ 1.2", False)],
)
def test_anything_else_goes_to_platformio_as_it_is(name: str, known: bool) -> None:
    library = open_library(name)
    assert library.specification == name
    assert library.folder is None
    assert (library.facts is not None) == known


def test_a_folder_that_cannot_serve_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        open_library(str(tmp_path / "absent"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no TensorFlow Lite Micro"):
        open_library(str(tmp_path / "empty"))
    bare = write_library(tmp_path / "bare", manifest=False)
    with pytest.raises(InputError, match=r"no library manifest(.|\n)*library\.json"):
        open_library(str(bare))


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "x; rm", "${HOME}/x"])
def test_text_that_would_break_platformio_ini_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="cannot be a library"):
        open_library(text)


def test_where_nobody_says_the_environment_the_board_and_the_default_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MCU_TFLM_LIBRARY", raising=False)
    assert default_library("") == DEFAULT_LIBRARY
    assert default_library("a/board@1") == "a/board@1"
    monkeypatch.setenv("MCU_TFLM_LIBRARY", "an/environment@2")
    assert default_library("a/board@1") == "an/environment@2"


def test_the_key_changes_with_the_files(tmp_path: Path) -> None:
    folder = write_library(tmp_path / "lib")
    key = open_library(str(folder)).key
    library_module._folder_key.cache_clear()
    assert open_library(str(folder)).key == key
    header = folder / "tensorflow/lite/micro/kernels/conv.h"
    header.write_text(header.read_text() + "\n")
    os.utime(header, ns=(1, 1))
    library_module._folder_key.cache_clear()
    assert open_library(str(folder)).key != key


def flags(library: Library, board_id: str) -> tuple[str, ...]:
    found = options_for(library, load_board(board_id))["build_flags"]
    assert isinstance(found, tuple)
    return found


def test_optimized_kernels_are_used_where_the_core_can_run_them(tmp_path: Path) -> None:
    runtime = TflmRuntime(str(write_library(tmp_path / "lib", optimized=True)))
    on_arm, here = runtime.library_for(NETDUINO), runtime.library_for(HOST)
    assert on_arm.facts is not None
    assert here.facts is not None
    assert (on_arm.facts.kernels, here.facts.kernels) == ("CMSIS-NN", "reference")
    assert "-DCMSIS_NN" in flags(on_arm, "netduinoplus2")
    assert "-DCMSIS_NN" not in flags(here, "host")
    assert options_for(on_arm, NETDUINO)["custom_tflm_kernels"] == "optimized"
    assert options_for(here, HOST)["custom_tflm_kernels"] == "reference"


def test_reference_kernels_can_be_asked_for_where_the_library_has_them(tmp_path: Path) -> None:
    both = TflmRuntime(str(write_library(tmp_path / "both", optimized=True)), kernels="reference").library_for(NETDUINO)
    assert both.facts is not None
    assert both.facts.kernels == "reference"
    assert options_for(both, NETDUINO)["custom_tflm_kernels"] == "reference"
    plain = TflmRuntime(str(write_library(tmp_path / "plain")), kernels="reference").library_for(NETDUINO)
    assert plain.facts is not None
    assert plain.facts.kernels == "reference"
    with pytest.raises(InputError, match="CMSIS-NN kernels only"):
        TflmRuntime(DEFAULT_LIBRARY, kernels="reference").library_for(NETDUINO)


def test_our_code_and_the_library_agree_about_the_layout_of_its_structures(tmp_path: Path) -> None:
    for specification in (str(write_library(tmp_path / "lib")), DEFAULT_LIBRARY, "someone/Other@1"):
        for board in ("netduinoplus2", "host", "nano33ble"):
            assert "-DTF_LITE_STATIC_MEMORY" in flags(open_library(specification), board)


def test_a_library_made_for_arduino_gets_our_few_functions_of_it_on_bare_metal_only() -> None:
    library = open_library(DEFAULT_LIBRARY)
    assert {"-DARDUINO=10819", "-Ishim"} <= set(flags(library, "netduinoplus2"))
    assert not {"-DARDUINO=10819", "-Ishim"} & set(flags(library, "nano33ble"))


@pytest.mark.parametrize("mark", [pytest.param(None, marks=NEEDS_LIBRARY)])
def test_the_table_of_methods_is_the_real_librarys(mark: None) -> None:
    del mark
    facts = open_library(str(library_folder())).facts
    assert facts is not None
    known = {entry.method for entry in BUILTINS.values()}
    assert len(facts.methods & known) >= 80
    if facts.since >= "2026":
        assert known <= facts.methods


@pytest.mark.parametrize("mark", [pytest.param(None, marks=NEEDS_LIBRARY)])
def test_what_is_recorded_of_the_default_library_is_what_its_sources_say(mark: None) -> None:
    del mark
    folder = library_folder()
    assert folder is not None
    manifest = folder / "library.properties"
    properties = manifest.read_text().splitlines() if manifest.is_file() else []
    if not {"name=Chirale_TensorFLowLite", "version=2.0.0"} <= set(properties):
        pytest.skip(f"{folder} is not {DEFAULT_LIBRARY}")
    assert open_library(str(folder)).facts == open_library(DEFAULT_LIBRARY).facts
