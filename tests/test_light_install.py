"""mcu-toolkit-core as users get it: the wheel, what it depends on from a package index, and nothing of this environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.install_size import MB, bytes_of_packages
from tests import small_models
from tests.distributions import ROOT, build_wheels

pytestmark = pytest.mark.slow
Mcu = Callable[..., subprocess.CompletedProcess[str]]
MOST_MB = 160
"""On disk, with PlatformIO and compiled Python files, without pip itself."""
ABSENT = {"tensorflow", "keras", "ai-edge-litert", "tflite-micro", "scikit-learn", "scipy", "flatbuffers", "pydantic", "mcu-toolkit"}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the core and the locked versions of what it asks for."""
    folder = tmp_path_factory.mktemp("light")
    wheels = build_wheels(folder / "dist")
    subprocess.run([sys.executable, "-m", "venv", folder / "env"], check=True)
    pip = [folder / "env/bin/python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    for words in (["--require-hashes", "-r", ROOT / "requirements/core.lock"], ["--no-index", wheels.core]):
        done = subprocess.run([*pip, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return folder / "env"


@pytest.fixture
def mcu(environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mcu]:
    """`mcu(words)` runs the environment's own program in a folder with `tiny.tflite`; its emulated boards end with the test."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.tflite").write_bytes(small_models.fully_connected())
    path = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    variables = {"PATH": path, "HOME": str(tmp_path / "home"), "MCU_STATE_DIR": str(tmp_path / "s"), "LANG": "C.UTF-8"}
    (tmp_path / "home").mkdir()

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [environment / "bin/mcu", *words]
        return subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=400)

    yield run
    run("boards", "stop", "--force")


def test_nothing_of_training_is_installed_and_it_is_small(environment: Path) -> None:
    listed = subprocess.run([environment / "bin/python", "-m", "pip", "list", "--format", "json"], capture_output=True, check=True)
    assert not ABSENT & {one["name"].lower().replace("_", "-") for one in json.loads(listed.stdout)}
    subprocess.run([environment / "bin/python", "-m", "pip", "check"], check=True, capture_output=True)
    assert bytes_of_packages(environment) <= MOST_MB * MB


def test_the_light_commands_work(mcu: Mcu) -> None:
    for words in (
        ("--help",),
        ("inspect", "tiny.tflite"),
        ("header", "tiny.tflite", "-o", "h"),
        ("generate", "tiny.tflite", "--export-only", "-o", "e"),
        ("boards",),
        ("doctor",),
        ("predict", "tiny.tflite", "1,2,3,4,5,6"),
    ):
        done = mcu(*words)
        assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("board", ["host", "netduinoplus2"])
def test_a_model_gets_onto_a_board_and_is_proved_there(board: str, mcu: Mcu) -> None:
    done = mcu("deploy", "tiny.tflite", "--board", board, "-o", "out")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"verdict: pass - {board} computes exactly what aot-host does (not compared with TFLM)" in done.stdout
    done = mcu("verify", "out", "--json", "v.json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(Path("v.json").read_text())
    assert (report["verdict"], report["golden"], report["compared_with_tflm"]) == ("pass", "aot-host", False)


def test_what_needs_more_says_how_to_get_it(mcu: Mcu) -> None:
    for words in (("train", "digits"), ("validate", "tiny.tflite")):
        done = mcu(*words)
        assert done.returncode == 3
        assert done.stderr.endswith("expected: the complete toolkit, mcu-toolkit\n  try: pip install mcu-toolkit\n")
