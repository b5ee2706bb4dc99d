"""A folder of generated files that a stranger prepared: nothing outside of it is written or removed."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from platformio.project.config import ProjectConfig

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import MANIFEST, Application, Extras, generate_project, load_project
from mcu_toolkit.firmware.generated_folder import GeneratedFolder
from mcu_toolkit.firmware.manifest import project_files
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system.files import sha256_hex
from tests.small_models import fully_connected

STRANGERS: Mapping[str, Any] = {
    "models": [{"name": "m", "sha256": "0" * 64}],
    "board": "host",
    "runtime": "aot",
    "complete": False,
    "files": {"platformio.ini": None, "../secret": None, "linked/secret": None, "/etc/hostname": None, "src": None, "": None},
}


@dataclasses.dataclass(frozen=True)
class Empty:
    """A manifest that says nothing beside the files."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A stranger's project whose generation was broken off, beside a file of the user's."""
    (tmp_path / "secret").write_text("mine")
    (tmp_path / "project/src").mkdir(parents=True)
    (tmp_path / "project" / MANIFEST).write_text(json.dumps(STRANGERS))
    return tmp_path / "project"


def generate(folder: Path, *, overwrite: bool = False, extras: Extras | None = None) -> None:
    model = parse_model(fully_connected(), "m")
    generate_project([model], load_board("host"), get_runtime("aot"), folder, extras or Extras(), overwrite=overwrite)


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("name", ["platformio.ini", "src/main.c", "src/m.c", "platform", "src/kernels", "src/app_run.c"])
def test_a_link_out_of_the_folder_is_not_followed(name: str, overwrite: bool, folder: Path) -> None:
    (folder / name).symlink_to(folder.parent / ("secret" if "." in name else ""))
    before = sorted(folder.rglob("*"))
    with pytest.raises(InputError, match="is a link"):
        generate(folder, overwrite=overwrite, extras=Extras(application=Application(samples=(bytes(6),))))
    assert sorted(folder.rglob("*")) == before
    assert (folder.parent / "secret").read_text() == "mine"
    assert sorted(path.name for path in folder.parent.iterdir()) == ["project", "secret"]


def test_a_link_in_place_of_a_users_file_stays(folder: Path) -> None:
    (folder / ".gitignore").symlink_to("../absent")
    generate(folder)
    assert not (folder.parent / "absent").exists()


def test_the_manifest_itself_may_not_be_a_link(folder: Path) -> None:
    manifest = folder / MANIFEST
    (folder.parent / "secret").write_text(manifest.read_text())
    manifest.unlink()
    manifest.symlink_to("../secret")
    with pytest.raises(InputError, match="is a link"):
        generate(folder)
    assert json.loads((folder.parent / "secret").read_text()) == STRANGERS


def test_only_files_in_the_folder_are_removed(folder: Path) -> None:
    (folder / "linked").symlink_to("..")
    generate(folder)
    assert (folder.parent / "secret").read_text() == "mine"
    assert (folder / "src").is_dir()


@pytest.mark.parametrize("name", ["../x.json", "boards/../../../x.json", "/tmp/x", "a\nb", ""])
def test_a_name_that_leads_out_is_refused_before_anything_is_written(name: str, tmp_path: Path) -> None:
    generated = GeneratedFolder(tmp_path / "p", "m.json", "project", lambda _: Empty())
    with pytest.raises(InputError):
        generated.write({"a.c": b"x", name: b"x"}, Empty(), overwrite=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("key", ["board", "runtime"])
@pytest.mark.parametrize("name", ["../../x", "/etc", "a b", "", None, 3.5])
def test_a_manifest_whose_names_lead_elsewhere_is_damaged(key: str, name: object, folder: Path) -> None:
    (folder / MANIFEST).write_text(json.dumps({**STRANGERS, "complete": True, key: name}))
    with pytest.raises(InputError, match="is damaged"):
        load_project(folder)


@pytest.mark.parametrize("changed", [{"board": "../../../x"}, {"board": "m\nextra_scripts = x.py"}, {"platform": "p\n[env:x]"}])
def test_texts_of_a_board_that_was_not_checked_do_nothing_either(changed: dict[str, str], tmp_path: Path) -> None:
    board = load_board("host")
    hostile = dataclasses.replace(board, platformio=dataclasses.replace(board.platformio, **changed))
    with pytest.raises(InputError, match="cannot be"):
        generate_project([parse_model(fully_connected(), "m")], hostile, get_runtime("aot"), tmp_path / "p", overwrite=True)
    assert not list(tmp_path.iterdir())


def test_many_lines_and_percent_signs_of_a_boards_options_are_read_back(tmp_path: Path) -> None:
    options = (("build_flags", "-DA\n-DB=50%"), ("custom_x", "a\n[env:y]\nextra_scripts = x.py"))
    board = load_board("host")
    mine = dataclasses.replace(board, platformio=dataclasses.replace(board.platformio, options=options))
    folder = generate_project([parse_model(fully_connected(), "m")], mine, get_runtime("aot"), tmp_path / "p").folder
    config = ProjectConfig(str(folder / "platformio.ini"))
    assert config.envs() == ["host"]
    assert {"-DA", "-DB=50%"} <= set(config.get("env:host", "build_flags"))
    assert config.get("env:host", "custom_x").split("\n")[1:] == ["a", "[env:y]", "extra_scripts = x.py"]
    assert config.get("env:host", "extra_scripts", []) == []


def test_the_users_own_link_in_place_of_the_application_stays(tmp_path: Path) -> None:
    extras = Extras(application=Application(samples=(bytes(6),)))
    generate(tmp_path / "p", extras=extras)
    (tmp_path / "shared_app.c").write_text("mine")
    (tmp_path / "p/src/app.c").unlink()
    (tmp_path / "p/src/app.c").symlink_to("../../shared_app.c")
    generate(tmp_path / "p", extras=extras)
    assert (tmp_path / "p/src/app.c").is_symlink()
    with pytest.raises(InputError, match="is a link"):
        generate(tmp_path / "p", extras=Extras(application=Application(samples=(bytes(6),), replace=True)))
    assert (tmp_path / "shared_app.c").read_text() == "mine"


def test_what_another_version_wrote_into_the_manifest_stays_when_a_file_is_replaced(tmp_path: Path) -> None:
    generate(tmp_path / "p")
    manifest = tmp_path / "p" / MANIFEST
    before = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**before, "of another version": {"a": 1}}))
    project_files(tmp_path / "p").replace("src/main.c", b"/* another one */\n")
    after = json.loads(manifest.read_text())
    assert after.pop("of another version") == {"a": 1}
    assert (tmp_path / "p/src/main.c").read_bytes() == b"/* another one */\n"
    assert after["files"].pop("src/main.c") == sha256_hex(b"/* another one */\n") != before["files"].pop("src/main.c")
    assert after == before


@pytest.mark.parametrize(
    "changed", [{"facts": []}, {"facts": {"models": [{"name": 3}]}}, {"files": []}, {"complete": "yes"}, {"models": None}]
)
def test_a_manifest_of_other_types_is_damaged(changed: dict[str, Any], folder: Path) -> None:
    (folder / MANIFEST).write_text(json.dumps({**STRANGERS, "complete": True, **changed}))
    with pytest.raises(InputError, match="is damaged"):
        load_project(folder)
