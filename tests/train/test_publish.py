"""Several files become visible together or not at all."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from mcu_toolkit.errors import ToolError
from mcu_toolkit.train.publish import publishing


def write(folder: Path, text: str, names: tuple[str, ...] = ("part", "seal")) -> None:
    with publishing(folder, names) as work:
        (work / "part").mkdir()
        (work / "part" / "file").write_text(text)
        (work / "seal").write_text(text)


def test_folders_and_files_replace_older_ones(tmp_path: Path) -> None:
    write(tmp_path, "one")
    write(tmp_path, "two")
    assert (tmp_path / "part" / "file").read_text() == "two"
    assert (tmp_path / "seal").read_text() == "two"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["part", "seal"]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    write(tmp_path, "one")
    with pytest.raises(ToolError, match="No space left"), publishing(tmp_path, ("part", "seal")):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert (tmp_path / "seal").read_text() == "one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["part", "seal"]


def test_a_stop_while_moving_leaves_no_seal(tmp_path: Path) -> None:
    write(tmp_path, "one")
    with pytest.raises(ToolError):
        write(tmp_path, "two", names=("part", "missing", "seal"))
    assert not (tmp_path / "seal").exists()


def test_a_failure_removes_the_folder_only_if_it_was_new(tmp_path: Path) -> None:
    for name, exists in (("old", True), ("new", False)):
        folder = tmp_path / name
        if exists:
            folder.mkdir()
        with pytest.raises(KeyError), publishing(folder, ("seal",)):
            raise KeyError
        assert folder.exists() == exists
