"""What another user could have written is not trusted; what is ours is for us alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.system.ownership import doubt_about, private_folder
from mcu_toolkit.system.user_folders import private_cache, private_state

NOBODY = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_ours_and_what_is_missing_is_not_doubted(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "file").chmod(0o644)
    assert doubt_about(tmp_path / "file") is None
    assert doubt_about(tmp_path / "missing") is None


@pytest.mark.parametrize(("mode", "doubt"), [(0o646, "can be written by every user"), (0o777, "can be written by every user")])
def test_what_everybody_can_write_is_doubted(mode: int, doubt: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "file").chmod(mode)
    assert doubt_about(tmp_path / "file") == doubt


@needs_root
def test_what_a_shared_group_can_write_is_doubted_and_what_a_group_of_one_can_is_not(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "file").chmod(0o664)
    assert doubt_about(tmp_path / "file") is None  # root's own group
    os.chown(tmp_path / "file", 0, NOBODY)
    assert str(doubt_about(tmp_path / "file")).startswith("can be written by the group ")


@needs_root
def test_what_belongs_to_somebody_else_is_doubted_also_behind_a_link_and_the_link_itself(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("")
    os.chown(tmp_path / "theirs", NOBODY, NOBODY)
    (tmp_path / "to_theirs").symlink_to("theirs")
    (tmp_path / "ours").write_text("")
    (tmp_path / "their_link").symlink_to("ours")
    os.chown(tmp_path / "their_link", NOBODY, NOBODY, follow_symlinks=False)
    for name in ("theirs", "to_theirs", "their_link"):
        assert str(doubt_about(tmp_path / name)).startswith("belongs to another user (")


def test_a_private_folder_is_made_and_closed_for_others(tmp_path: Path) -> None:
    folder = private_folder(tmp_path / "a" / "b", hint="another")
    assert mode_of(folder) == mode_of(folder.parent) == 0o700
    folder.chmod(0o755)
    assert mode_of(private_folder(folder, hint="another")) == 0o700


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir(0o755)
    (tmp_path / "link").symlink_to("target")
    with pytest.raises(InputError, match="is a link"):
        private_folder(tmp_path / "link", hint="another")
    assert mode_of(tmp_path / "target") == 0o755


@needs_root
@pytest.mark.parametrize("variable", ["MCU_STATE_DIR", "MCU_CACHE_DIR"])
def test_folders_of_somebody_else_are_refused_with_the_variable_that_names_others(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.chown(tmp_path, NOBODY, NOBODY)
    monkeypatch.setenv(variable, str(tmp_path))
    make = private_state if variable == "MCU_STATE_DIR" else private_cache
    with pytest.raises(InputError, match=f"belongs to another user .*\n.*\n  try: set {variable}"):
        make("programs")
    assert not (tmp_path / "programs").exists()


@needs_root
def test_a_planted_folder_in_the_cache_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCU_CACHE_DIR", str(tmp_path))
    (tmp_path / "host-libraries").mkdir()
    os.chown(tmp_path / "host-libraries", NOBODY, NOBODY)
    with pytest.raises(InputError, match="belongs to another user"):
        private_cache("host-libraries")
