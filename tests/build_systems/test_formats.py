"""Every export has what its build system's rules ask for, whatever the models are called and have; and it says what it is."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from mcu_toolkit.errors import UnknownNameError
from mcu_toolkit.export_formats import EXPORT_FORMATS, export_format
from mcu_toolkit.model import parse_model
from mcu_toolkit.system.resources import templates_dir
from tests import small_models
from tests.build_systems.exported import CONVOLUTION, SVDF, exported
from tests.build_systems.rules import RULES
from tests.firmware.test_model_frontends import listener

NAMES = ["sine", "Arduino", "LIBRARY", "7up", "", "模型", "x" * 200, "a b--c", "test", '"; </package>']


def test_every_format_has_rules_and_a_section_of_its_readme() -> None:
    assert tuple(RULES) == EXPORT_FORMATS
    for name in EXPORT_FORMATS:
        assert (templates_dir() / "runtimes/aot/export" / name / "use.md.j2").is_file()


@pytest.mark.parametrize("format_name", EXPORT_FORMATS)
@pytest.mark.parametrize("names", [["x" * 200], ["a b--c"], NAMES], ids=lambda names: f"{len(names)}-{ascii(names[0])[:12]}")
def test_the_files_follow_the_rules_whatever_models_are_called(format_name: str, names: list[str], tmp_path: Path) -> None:
    models = [parse_model(small_models.fully_connected(), name) for name in names]
    RULES[format_name](exported(models, format_name, tmp_path / "out"))


@pytest.mark.parametrize("format_name", EXPORT_FORMATS)
def test_the_readme_names_version_and_hashes_and_every_file_has_its_own(format_name: str, tmp_path: Path) -> None:
    folder = exported([CONVOLUTION, SVDF], format_name, tmp_path / "out")
    readme = (folder / "README.md").read_text(encoding="ascii")
    assert all(f"`{model.sha256}`" in readme for model in (CONVOLUTION, SVDF))
    manifest = json.loads((folder / "mcu-export.json").read_text())
    assert f"Made by mcu_toolkit {manifest['toolkit']};" in readme
    assert manifest["format"] == format_name
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {".gitignore", "mcu-export.json"} == set(
        manifest["files"]
    )


@pytest.mark.parametrize("format_name", EXPORT_FORMATS)
def test_a_front_end_and_preprocessing_go_along_and_are_among_the_sources(format_name: str, tmp_path: Path) -> None:
    folder = exported([listener("heard_a"), listener("heard_b")], format_name, tmp_path / "out")
    sources = folder / export_format(format_name).sources
    for name in ("heard_a_preprocess.h", "heard_b_preprocess.h", "heard_a_frontend.c", "heard_a_frontend.h", "frontend/fft.h"):
        assert (sources / name).is_file(), name
    assert not (sources / "heard_b_frontend.c").exists(), "both models have the same one"
    RULES[format_name](folder)


def test_an_unknown_format_is_named_with_those_that_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown export format 'zephir'\n  expected: one of zephyr"):
        export_format("zephir")


@pytest.mark.parametrize("suffix", ["c", "ino"])
def test_the_library_compiles_for_an_avr_with_a_stand_in_of_the_arduino_core(suffix: str, tmp_path: Path) -> None:
    if shutil.which("avr-gcc") is None:
        pytest.skip("no avr-gcc")
    folder = exported([CONVOLUTION, SVDF], "arduino", tmp_path / "out")
    flags = ["-mmcu=atmega1284p", "-Os", "-Wall", "-Wextra", "-Werror", f"-I{folder / 'src'}"]
    if suffix == "c":
        for source in sorted((folder / "src").glob("*.c")):
            subprocess.run(["avr-gcc", "-std=gnu11", *flags, "-c", source, "-o", tmp_path / "object.o"], check=True)
        return
    [sketch] = folder.glob("examples/*/*.ino")
    unit = tmp_path / "sketch.cpp"
    unit.write_text(f"#include <Arduino.h>\n{sketch.read_text()}")
    stub = Path(__file__).parent.parent / "platforms/arduino_stub"
    subprocess.run(["avr-g++", "-std=gnu++11", *flags, f"-I{stub}", "-c", unit, "-o", tmp_path / "sketch.o"], check=True)
