"""A project inside a git repository: what builds leave behind is not offered for a commit."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import build_project
from mcu_toolkit.firmware import MANIFEST, export_folder, generate_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from tests.cli.running import succeed
from tests.emulated import own_boards
from tests.small_models import fully_connected

AOT = get_runtime("aot")
HOST = load_board("host")
MODEL = parse_model(fully_connected(), "m")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


def untracked(repository: Path) -> set[str]:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", "-C", repository, "status", "--porcelain", "-uall", "-z"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return {line[3:] for line in done.stdout.split("\0") if line}


def test_only_what_was_generated_is_offered_after_a_build(repository: Path) -> None:
    project = generate_project([MODEL], HOST, AOT, repository / "p")
    generated = untracked(repository)
    assert {f"p/{MANIFEST}", "p/.gitignore", "p/src/m.c", "p/platformio.ini"} <= generated
    (project.folder / ".mcu").mkdir()
    (project.folder / ".mcu/generate.json").write_text("{}")
    build_project(project, HOST)
    assert list((project.folder / ".pio").rglob("*.o"))
    assert untracked(repository) == generated


def test_only_what_was_exported_is_offered_after_make(repository: Path) -> None:
    folder = export_folder([MODEL], HOST, AOT, repository / "e").folder
    exported = untracked(repository)
    subprocess.run(["make", "-s", "-C", folder], check=True, capture_output=True)
    assert (folder / "example/example").is_file()
    assert untracked(repository) == exported


def test_a_gitignore_of_the_users_stays(repository: Path) -> None:
    folder = generate_project([MODEL], HOST, AOT, repository / "p").folder
    (folder / ".gitignore").write_text("mine\n")
    generate_project([MODEL], HOST, AOT, folder, overwrite=True)
    assert (folder / ".gitignore").read_text() == "mine\n"
    (folder / ".gitignore").unlink()
    generate_project([MODEL], HOST, AOT, folder)
    assert ".pio/" in (folder / ".gitignore").read_text()


@pytest.mark.slow
def test_only_results_of_a_deployment_are_offered(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "m.tflite").write_bytes(fully_connected())
    with own_boards(monkeypatch):
        succeed("deploy", "m.tflite", "--board", "host", "--random", "1", "-o", "out", cwd=repository)
    beside_firmware = {name for name in untracked(repository) if not name.startswith("out/firmware/")}
    assert beside_firmware == {"m.tflite", *(f"out/{name}" for name in (".gitignore", "model_data.cc", "model_data.h", "report.json"))}
