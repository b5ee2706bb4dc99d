"""The project as a folder: movable, self-contained, and independent of every other project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.boards import load_board
from mcu_toolkit.build import build_project, elf_path, prepare_core_dir
from mcu_toolkit.build.pio import run_pio
from tests.platforms.echo_project import make_echo_project


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and ".pio" not in path.parts and path.suffix != ".pyc"]


def test_no_file_of_a_project_names_a_folder_of_this_machine(tmp_path: Path, board_id: str) -> None:
    project = make_echo_project(load_board(board_id), tmp_path / "project")
    here = [str(tmp_path), str(Path(__file__).resolve().parents[2]), sys.prefix, str(Path.home())]
    assert len(_files(project.folder)) > 12
    for path in _files(project.folder):
        assert not [word for word in here if word in path.read_text()], path


def test_a_moved_project_builds_where_only_platformio_and_gcc_are(tmp_path: Path, board_id: str) -> None:
    first = make_echo_project(load_board(board_id), tmp_path / "made here")
    build_project(first, load_board(board_id))
    moved = tmp_path / "somewhere else" / "project"
    moved.parent.mkdir()
    shutil.move(first.folder, moved)
    blocker = tmp_path / "blocker"
    blocker.mkdir()
    # Python runs this file at every start: importing our package then fails as if it were not installed.
    (blocker / "sitecustomize.py").write_text("import sys\nsys.modules['mcu_toolkit'] = None\n")
    environment = {
        **os.environ,
        "PYTHONPATH": str(blocker),
        "PLATFORMIO_CORE_DIR": str(prepare_core_dir()),
        "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no",
        "PLATFORMIO_DISABLE_UPGRADE_CHECK": "true",
    }
    probe = subprocess.run([sys.executable, "-c", "import mcu_toolkit"], env=environment, capture_output=True, check=False)
    assert probe.returncode != 0
    command = [sys.executable, "-m", "platformio", "run"]
    built = subprocess.run(command, cwd=moved, env=environment, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    assert (moved / f".pio/build/{board_id}/firmware.elf").is_file()


def test_projects_built_at_once_use_their_own_platform_each(tmp_path: Path) -> None:
    board = load_board("host")
    projects = [make_echo_project(board, tmp_path / f"project{number}") for number in range(4)]
    for number, project in enumerate(projects):
        manifest = project.folder / "platform/mcu_toolkit/platform.json"
        manifest.write_text(manifest.read_text().replace('"version": "1.0.0"', f'"version": "1.0.{number}"'))

    def build_twice(project: FirmwareProject) -> str:
        shutil.rmtree(project.folder / ".pio", ignore_errors=True)
        first = run_pio(project.folder, [])
        assert first.exit_code == 0, first.output
        return first.output + run_pio(project.folder, ["-t", "size"]).output

    with ThreadPoolExecutor(max_workers=4) as pool:
        outputs = list(pool.map(build_twice, projects))
    for number, output in enumerate(outputs):
        assert output.count(f"(1.0.{number})") == 2
        assert ".text" in output
    assert not list((prepare_core_dir() / "platforms").glob("*mcu_toolkit*"))


def test_a_changed_linker_script_is_linked_again(echo_projects: dict[str, FirmwareProject], tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(echo_projects["netduinoplus2"].folder, folder)
    project, board = FirmwareProject(folder, "netduinoplus2", "echo", (), ()), load_board("netduinoplus2")
    before = build_project(project, board)
    script = folder / "linker.ld"
    script.write_text(script.read_text().replace(". += 4096;", ". += 8192;"))
    assert build_project(project, board).sha256 != before.sha256


def test_building_again_compiles_nothing(echo_projects: dict[str, FirmwareProject], board_id: str) -> None:
    project = echo_projects[board_id]
    stamp = elf_path(project).stat().st_mtime_ns
    lines: list[str] = []
    image = build_project(project, load_board(board_id), on_line=lines.append)
    assert elf_path(project).stat().st_mtime_ns == stamp
    assert not [line for line in lines if line.startswith("Compiling")]
    assert image.footprint.flash_bytes > 1000


@pytest.mark.parametrize("board_id", ["netduinoplus2"], indirect=True)
def test_the_image_lies_in_the_boards_memory(echo_projects: dict[str, FirmwareProject], board_id: str) -> None:
    size = build_project(echo_projects[board_id], load_board(board_id)).footprint
    assert size.flash_bytes == size.code_bytes + size.weights_bytes + size.data_bytes
    assert size.ram_bytes == size.data_bytes + size.bss_bytes
    assert 0 < size.ram_bytes < 1024
    assert 1000 < size.flash_bytes < 8192
