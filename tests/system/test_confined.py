"""Writing below a folder follows no name and no link out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.system.confined import path_inside, refuse_links, write_inside


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text("mine")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "folder/src").mkdir(parents=True)
    return tmp_path / "folder"


def test_files_and_their_folders_are_made(folder: Path) -> None:
    assert write_inside(folder, "new/deep/a.c", b"x")
    assert not write_inside(folder, "new/deep/a.c", b"x")
    assert (folder / "new/deep/a.c").read_bytes() == b"x"


@pytest.mark.parametrize("target", ["../secret", "../absent", "a.c", "link"])
def test_a_link_in_a_files_place_is_not_followed(target: str, folder: Path) -> None:
    (folder / "link").symlink_to(target)
    with pytest.raises(InputError, match="is a link"):
        write_inside(folder, "link", b"x")
    assert (folder.parent / "secret").read_text() == "mine"
    assert not (folder.parent / "absent").exists()


@pytest.mark.parametrize("target", ["../elsewhere", "../absent", "/", "linked"])
def test_a_linked_folder_that_leads_out_is_not_entered(target: str, folder: Path) -> None:
    (folder / "linked").symlink_to(target)
    with pytest.raises(InputError, match="is a link"):
        write_inside(folder, "linked/deep/a.c", b"x")
    assert not list((folder.parent / "elsewhere").iterdir())
    assert not (folder.parent / "absent").exists()


def test_a_folder_linked_within_and_the_folder_itself_may_be_links(folder: Path) -> None:
    (folder / "linked").symlink_to("src")
    (folder.parent / "way").symlink_to("folder")
    write_inside(folder.parent / "way", "linked/a.c", b"x")
    assert (folder / "src/a.c").read_bytes() == b"x"


def test_any_name_is_a_file_where_only_links_matter(folder: Path) -> None:
    refuse_links(folder, folder / "a: b?.json")
    (folder / "a: b?.json").symlink_to("../secret")
    with pytest.raises(InputError, match="is a link"):
        refuse_links(folder, folder / "a: b?.json")


def test_a_file_is_no_folder_and_a_folder_no_file(folder: Path) -> None:
    (folder / "a").write_text("x")
    for name, message in (("a/b", "is not a folder"), ("src", "is a folder")):
        with pytest.raises(InputError, match=message):
            path_inside(folder, name)
