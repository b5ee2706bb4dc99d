"""Folders with names that shells, SCons and ini files read as more than a name: PlatformIO builds in them, or they are refused."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.boards import load_board
from mcu_toolkit.build import build_project, elf_path, flash_project
from mcu_toolkit.errors import InputError
from tests.emulated import own_boards
from tests.platforms.echo_project import EchoBoard

NAMES = [
    "fw(1)",
    "R&D",
    "it's",
    "a;b",
    "a*b",
    "a%(x)s",
    "m;id>pwned;",
    "m;touch pwned>x;",
    "! ~ [x] {y} #h",
    "-dash",
    " ünï 模,=<>|?",
    "%%",
]
REFUSED = ["a$b", "${platformio.x}", "$(touch pwned)", "`touch pwned`", 'a"b', "a\\b", "a  b", "trailing ", "a\tb", "a\nb"]
LETTERS = [chr(code) for code in range(0x20, 0x7F) if chr(code) != "/"]


def build_in(folder: Path, made: FirmwareProject) -> FirmwareProject:
    """A copy of the project in `folder`, without what was built, built there."""
    shutil.copytree(made.folder, folder, ignore=shutil.ignore_patterns(".pio"))
    project = FirmwareProject(folder, made.board_id, made.runtime, (), ())
    build_project(project, load_board(made.board_id))
    return project


def strays(folder: Path) -> list[str]:
    return [path.name for path in [*folder.rglob("*"), *Path().glob("pwned*")] if path.name.startswith(("pwned", "x;"))]


@pytest.mark.slow
@pytest.mark.parametrize("board_id", ["host"], indirect=True)
@pytest.mark.parametrize("name", NAMES)
def test_a_project_builds_in_a_folder_of_this_name(
    name: str, board_id: str, echo_projects: dict[str, FirmwareProject], tmp_path: Path
) -> None:
    project = build_in(tmp_path / name / name, echo_projects[board_id])
    assert elf_path(project).is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert not strays(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["m;id>pwned;", "fw(1)", "it's_R&D*50%"])
def test_the_linker_script_is_found_and_the_board_flashed_from_such_a_folder(
    name: str, echo_projects: dict[str, FirmwareProject], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = load_board("netduinoplus2")
    project = build_in(tmp_path / name, echo_projects[board.id])
    with own_boards(monkeypatch):
        flash_project(project, board)
        EchoBoard.open(board.id).close()
    assert not strays(tmp_path)


@pytest.mark.parametrize("name", REFUSED)
def test_a_folder_that_platformio_takes_for_another_is_refused_before_anything_is_written_or_run(
    name: str, echo_projects: dict[str, FirmwareProject], tmp_path: Path
) -> None:
    made = echo_projects["host"]
    with pytest.raises(InputError, match="the path contains"):
        build_in(tmp_path / name, made)
    assert not (tmp_path / name / ".pio").exists()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert not strays(tmp_path)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("board", ["host", "netduinoplus2"])
def test_any_printable_name_builds_or_is_refused(seed: int, board: str, echo_projects: dict[str, FirmwareProject], tmp_path: Path) -> None:
    draw = random.Random(seed)
    name = "".join(draw.choice(LETTERS) for _ in range(draw.randint(1, 12)))
    if name in (".", ".."):
        name = "dots"
    try:
        assert elf_path(build_in(tmp_path / name, echo_projects[board])).is_file()
    except InputError as error:
        assert "the path contains" in str(error)  # noqa: PT017 - either outcome is right, for names of its kind
        assert set(name) & set('$`"\\') or "  " in name or name.endswith(" ")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_no_path_in_the_platforms_script_is_absolute(echo_projects: dict[str, FirmwareProject]) -> None:
    """What SCons hands to a shell, file names aside, names nothing above the project."""
    from mcu_toolkit.build.pio import run_pio

    project = echo_projects["netduinoplus2"]
    elf_path(project).unlink()
    output = run_pio(project.folder, ["-v"]).output
    links = [line for line in output.splitlines() if "-Wl,-Map=" in line]
    assert links, output
    assert not [line for line in links if str(project.folder) in line]
