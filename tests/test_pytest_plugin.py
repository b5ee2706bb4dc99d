"""The plugin of pytest, in runs of pytest of its own: a board that proves models, and what happens without one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import small_models
from tests.distributions import ROOT

_TESTS = """
import mcu_toolkit as mcu

def test_a_model_is_right(mcu_board):
    assert mcu_board.verify("tiny.tflite", random=3).passed

def test_a_board_has_a_name(mcu_board):
    assert mcu_board.id == "host"

def test_a_limit_is_kept(mcu_board):
    assert mcu_board.verify("tiny.tflite", limits=mcu.Limits(most={"flash": 1})).passed
"""
_ONE = "def test_it(mcu_board):\n    assert mcu_board.verify('tiny.tflite').passed\n"


def run(folder: Path, *words: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """`pytest WORDS` in `folder`, with the plugin and without this repository's settings."""
    command = [sys.executable, "-m", "pytest", "-p", "mcu_toolkit.pytest_plugin", "-c", "pytest.ini", "-rs", *words]
    variables = {**os.environ, "PATH": os.environ["PATH"] if path is None else path, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    variables["PYTEST_ADDOPTS"] = ""  # options of the run that this test is part of
    if path is not None:  # nor a compiler that PlatformIO has, or could fetch
        variables |= {"MCU_OFFLINE": "1", "MCU_CACHE_DIR": str(folder / "cache"), "PLATFORMIO_CORE_DIR": str(folder / "pio")}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "tiny.tflite").write_bytes(small_models.fully_connected())
    (tmp_path / "test_models.py").write_text(_ONE)
    return tmp_path


@pytest.mark.slow
def test_models_are_proved_and_a_failure_says_why(project: Path) -> None:
    (project / "test_models.py").write_text(_TESTS)
    done = run(project, "--mcu-board", "host")
    assert "1 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert "verdict: FAIL" in done.stdout
    assert "more than its limit of 1 B" in done.stdout
    assert not list(project.glob("build*")), "what is built is in pytest's cache"


def test_without_a_board_tests_are_skipped_with_the_reason(project: Path) -> None:
    done = run(project, path=str(project))
    assert done.returncode == 0
    assert "1 skipped" in done.stdout
    assert "no board to run on: netduinoplus2: no compiler for cortex-m4f: 'arm-none-eabi-gcc' is not on PATH" in done.stdout


@pytest.mark.parametrize(
    ("board", "said"),
    [
        ("netduinoplus2", "--mcu-board netduinoplus2: netduinoplus2: no compiler for cortex-m4f: 'arm-none-eabi-gcc' is not on PATH"),
        ("netduino", "--mcu-board netduino: unknown board 'netduino'"),
        ("nano33ble", "--mcu-board nano33ble: "),
    ],
)
def test_a_board_that_is_named_must_be_there(board: str, said: str, project: Path) -> None:
    done = run(project, "--mcu-board", board, path=str(project))
    assert done.returncode == 1
    assert "1 error" in done.stdout
    assert said in done.stdout


def test_several_boards_run_each_test_on_each(project: Path) -> None:
    listed = run(project, "--mcu-board", "host", "--mcu-board", "netduinoplus2", "--collect-only", "-q").stdout
    assert "test_models.py::test_it[host]\ntest_models.py::test_it[netduinoplus2]\n" in listed


def test_pytest_loads_next_to_nothing_for_it() -> None:
    code = "import sys, pytest; before = set(sys.modules); import mcu_toolkit.pytest_plugin; print(*sorted(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in loaded if name.startswith("mcu_toolkit")] == [
        "mcu_toolkit", "mcu_toolkit.lazy_names", "mcu_toolkit.pytest_plugin", "mcu_toolkit.version",
    ]  # fmt: skip
    assert "numpy" not in loaded
