"""CMake builds the exports for cmake, esp-idf and zephyr (these two with a fake of their functions); they compute what TFLM does."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.build_systems.exported import CONVOLUTION, SVDF, assert_prints_what_tflm_computes, exported

HERE = Path(__file__).parent
MODELS = [CONVOLUTION, SVDF]
PREFIXES = ["conv_x", "heard"]
NO_VARIABLES: Mapping[str, str] = {}


@pytest.fixture(autouse=True)
def _with_cmake() -> None:
    if shutil.which("cmake") is None:
        pytest.skip("no cmake; make setup-dev installs it")


def cmake(*words: object, variables: Mapping[str, str] = NO_VARIABLES) -> str:
    environment = {**os.environ, "CMAKE_GENERATOR": "Unix Makefiles", **variables}
    done = subprocess.run(["cmake", *map(str, words)], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in (done.stdout + done.stderr).lower()
    return done.stdout


def configured_and_built(source: Path, build: Path, *options: object, variables: Mapping[str, str] = NO_VARIABLES) -> None:
    cmake("-S", source, "-B", build, *options, variables=variables)
    cmake("--build", build, "--verbose", variables=variables)


def printed_by(program: Path) -> str:
    return subprocess.run([program], capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_a_package_is_built_installed_and_found_by_a_project(tmp_path: Path) -> None:
    folder = exported(MODELS, "cmake", tmp_path / "source")
    configured_and_built(folder, tmp_path / "build")
    assert_prints_what_tflm_computes(printed_by(tmp_path / "build/mcu_conv_x_heard_example"), MODELS, PREFIXES)
    cmake("--install", tmp_path / "build", "--prefix", tmp_path / "installed")
    consumer = shutil.copytree(folder / "example", tmp_path / "consumer")  # nothing of the sources is beside it
    shutil.move(folder, tmp_path / "away")
    configured_and_built(consumer, tmp_path / "consumer_build", f"-DCMAKE_PREFIX_PATH={tmp_path / 'installed'}")
    assert_prints_what_tflm_computes(printed_by(tmp_path / "consumer_build/mcu_conv_x_heard_example"), MODELS, PREFIXES)


@pytest.mark.slow
def test_a_project_takes_the_sources_by_fetch_content(tmp_path: Path) -> None:
    folder = exported(MODELS, "cmake", tmp_path / "source")
    configured_and_built(folder / "example", tmp_path / "build")
    assert (tmp_path / "build/_deps/mcu_conv_x_heard-build").is_dir(), "FetchContent, and no installed package"
    assert_prints_what_tflm_computes(printed_by(tmp_path / "build/mcu_conv_x_heard_example"), MODELS, PREFIXES)


@pytest.mark.slow
def test_a_component_builds_with_a_fake_of_esp_idf(tmp_path: Path) -> None:
    folder = exported(MODELS, "esp-idf", tmp_path / "models")
    fake = {"IDF_PATH": str(HERE / "fake_esp_idf")}
    options = ("-DCONFIG_MCU_CONV_X_HEARD_OPT_SPEED=y", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
    configured_and_built(folder / "examples/conv_x_heard_example", tmp_path / "build", *options, variables=fake)
    assert_prints_what_tflm_computes(printed_by(tmp_path / "build/conv_x_heard_example"), MODELS, PREFIXES)
    assert_flags_in_order(tmp_path / "build", "-Og", "-ffp-contract=off", "-O2")


@pytest.mark.slow
def test_a_module_builds_with_a_fake_of_zephyr(tmp_path: Path) -> None:
    folder = exported(MODELS, "zephyr", tmp_path / "models")
    fake = {"ZEPHYR_BASE": str(HERE / "fake_zephyr")}
    options = ("-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",)
    configured_and_built(folder / "samples/conv_x_heard_sample", tmp_path / "build", *options, variables=fake)
    assert_prints_what_tflm_computes(printed_by(tmp_path / "build/app"), MODELS, PREFIXES)
    assert_flags_in_order(tmp_path / "build", "-Og", "-ffp-contract=off", "-O2")


def assert_flags_in_order(build: Path, *flags: str) -> None:
    """The models' file was compiled with `flags`, and the last of them counts."""
    [command] = [line for line in (build / "compile_commands.json").read_text().splitlines() if "command" in line and "x_models.c" in line]
    places = [command.split().index(flag) for flag in flags]
    assert places == sorted(places)
