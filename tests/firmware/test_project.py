"""Generated projects: complete, repeatable, polite to what is there already."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import MANIFEST, generate_project, load_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.base import Optimize, RuntimeOptions
from tests.small_models import convolution, fully_connected

AOT = get_runtime("aot")


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {str(p.relative_to(folder)): (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("board_id", ["host", "netduinoplus2"])
def test_generating_twice_gives_the_same_bytes_and_touches_nothing(board_id: str, tmp_path: Path) -> None:
    models = [parse_model(fully_connected(), "m")]
    generate_project(models, load_board(board_id), AOT, tmp_path / "p")
    first = snapshot(tmp_path / "p")
    generate_project(models, load_board(board_id), AOT, tmp_path / "p")
    second = snapshot(tmp_path / "p")
    del first[MANIFEST], second[MANIFEST]
    assert first == second


def test_files_of_a_former_model_go_away_and_files_of_the_user_stay(tmp_path: Path) -> None:
    board = load_board("host")
    generate_project([parse_model(fully_connected(), "old")], board, AOT, tmp_path)
    (tmp_path / "src" / "mine.h").write_text("/* mine */\n")
    generate_project([parse_model(convolution(), "fresh")], board, AOT, tmp_path)
    names = {path.name for path in (tmp_path / "src").iterdir()}
    assert "fresh.c" in names
    assert "old.c" not in names
    assert "mine.h" in names


def test_a_folder_with_something_else_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="not empty"):
        generate_project([parse_model(fully_connected(), "m")], load_board("host"), AOT, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_manifest_cannot_make_files_outside_the_project_vanish(tmp_path: Path) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("keep")
    project = tmp_path / "p"
    generate_project([parse_model(fully_connected(), "m")], load_board("host"), AOT, project)
    manifest = project / MANIFEST
    manifest.write_text(manifest.read_text().replace('"files": {', f'"files": {{"../victim.txt": "", "{victim}": "", '))
    generate_project([parse_model(fully_connected(), "m")], load_board("host"), AOT, project)
    assert victim.read_text() == "keep"


def test_the_record_of_a_project_is_read_back(tmp_path: Path) -> None:
    made = generate_project([parse_model(fully_connected(), "m")], load_board("host"), AOT, tmp_path)
    assert load_project(tmp_path) == made


def test_a_folder_that_is_no_project_is_refused_with_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mcu generate"):
        load_project(tmp_path)


def test_no_path_of_this_machine_is_in_a_project(tmp_path: Path) -> None:
    generate_project([parse_model(fully_connected(), "m")], load_board("netduinoplus2"), AOT, tmp_path)
    forbidden = [str(Path.home()), str(tmp_path), str(Path(__file__).resolve().parents[2])]
    for path in tmp_path.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not [word for word in forbidden if word != "/" and word in text], path


def test_every_generated_file_says_whose_it_is(tmp_path: Path) -> None:
    generate_project([parse_model(fully_connected(), "m")], load_board("host"), AOT, tmp_path)
    generated = [tmp_path / "src" / name for name in ("m.c", "m.h", "inference.c", "aot_arena.c")]
    for path in generated:
        assert "belongs to you" in path.read_text()[:600], path


def test_generated_files_that_were_edited_are_not_replaced_unless_asked(tmp_path: Path) -> None:
    board, first, second = load_board("host"), [parse_model(fully_connected(), "m")], [parse_model(fully_connected(seed=8), "m")]
    generate_project(first, board, AOT, tmp_path)
    main = tmp_path / "src" / "main.c"
    original = main.read_bytes()
    main.write_bytes(original + b"/* mine */\n")
    with pytest.raises(InputError, match=r"src/main\.c") as refused:
        generate_project(second, board, AOT, tmp_path)
    assert "--force" in str(refused.value)
    assert main.read_bytes().endswith(b"/* mine */\n")
    assert load_project(tmp_path).model_sha256s == (first[0].sha256,)
    generate_project(second, board, AOT, tmp_path, overwrite=True)
    assert main.read_bytes() == original


def test_a_link_in_the_project_cannot_make_files_outside_it_vanish(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "victim").write_text("keep")
    project = tmp_path / "p"
    generate_project([parse_model(fully_connected(), "m")], load_board("host"), AOT, project)
    (project / "d").symlink_to(outside)
    manifest = project / MANIFEST
    manifest.write_text(manifest.read_text().replace('"files": {', '"files": {"d/victim": "", '))
    generate_project([parse_model(fully_connected(), "m")], load_board("host"), AOT, project)
    assert (outside / "victim").read_text() == "keep"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"models": []}', '{"models": [1], "files": {}, "board": "host", "runtime": "aot"}', "\0"]
)
def test_a_damaged_manifest_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(InputError, match="damaged"):
        load_project(tmp_path)


@pytest.mark.parametrize("name", ["a$HOME", "a`touch x`", 'a"b', "a\\b"])
def test_a_folder_that_a_shell_would_read_as_more_than_a_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the path contains"):
        generate_project([parse_model(fully_connected(), "m")], load_board("host"), AOT, tmp_path / name)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(("aim", "flag", "unflag"), [("balanced", "-O2", "-Os"), ("size", "-Os", "-O2"), ("speed", "-O3", "-Os")])
def test_what_the_compiler_optimises_for(aim: Optimize, flag: str, unflag: str, tmp_path: Path) -> None:
    runtime = get_runtime("aot").configured(RuntimeOptions(optimize=aim))
    project = generate_project([parse_model(fully_connected(), "m")], load_board("netduinoplus2"), runtime, tmp_path / "project")
    options = configparser.ConfigParser()
    options.read(project.folder / "platformio.ini")
    section = options["env:netduinoplus2"]
    assert [one for one in section["build_flags"].split() if one.startswith("-O")] == [flag]
    assert section["build_unflags"].split() == [unflag]  # PlatformIO takes these away again, also from ours
