"""What a folder of pictures may hold, and what is said about the rest."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mcu_toolkit.errors import InputError
from mcu_toolkit.train.images.picture_folder import folder_digest, read_picture_folder
from tests.drawn_shapes import draw_folder, drawn


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return draw_folder(tmp_path / "pictures", pictures=4)


def test_classes_are_the_folders_in_alphabetical_order(folder: Path) -> None:
    found = read_picture_folder(folder, skip_corrupt=False)
    assert found.classes == ("disc", "square", "triangle")
    assert [picture.label for picture in found.pictures] == [0] * 4 + [1] * 4 + [2] * 4
    assert found.skipped == ()


def test_names_in_other_scripts_are_names(tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "Bilder", pictures=3, shapes=("disc", "square"))
    (folder / "disc").rename(folder / "Öl köpfe")
    (folder / "square").rename(folder / "猫")
    (folder / "猫" / "000.jpg").rename(folder / "猫" / "ünïcode.JPG")
    found = read_picture_folder(folder, skip_corrupt=False)
    assert found.classes == ("Öl köpfe", "猫")
    assert "猫/ünïcode.JPG" in [picture.name for picture in found.pictures]


def test_what_other_programs_leave_is_left_aside(folder: Path) -> None:
    (folder / "disc" / ".DS_Store").write_bytes(b"x")
    (folder / "disc" / "Thumbs.db").write_bytes(b"x")
    (folder / ".git").mkdir()
    (folder / "README.txt").write_text("about these pictures")
    assert len(read_picture_folder(folder, skip_corrupt=False).pictures) == 12


def bomb(path: Path) -> None:
    """A PNG of a hundred bytes that says it has 60,000 x 60,000 pixels."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", len(header)) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk)


def spoil(folder: Path) -> dict[str, str]:
    """Spoil files of a class; what must be reported of each, by name."""
    whole = (folder / "square" / "000.jpg").read_bytes()
    (folder / "square" / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "square" / "text.png").write_text("I am no picture")
    (folder / "square" / "notes.txt").write_text("nor am I")
    (folder / "square" / "empty.bmp").touch()
    bomb(folder / "square" / "bomb.png")
    return {
        "square/cut.jpg": "truncated",
        "square/text.png": "not a PNG, JPEG, BMP or GIF file",
        "square/notes.txt": "not a .jpg, .png or .bmp file",
        "square/empty.bmp": "empty",
        "square/bomb.png": "60000x60000",
    }


def test_every_file_that_is_no_picture_is_named(folder: Path) -> None:
    expected = spoil(folder)
    with pytest.raises(InputError) as refused:
        read_picture_folder(folder, skip_corrupt=False)
    for name, why in expected.items():
        assert any(name in line and why in line for line in refused.value.what.splitlines()), name
    assert "--skip-corrupt" in str(refused.value)


def test_they_can_be_left_out(folder: Path) -> None:
    expected = spoil(folder)
    found = read_picture_folder(folder, skip_corrupt=True)
    assert len(found.pictures) == 12
    assert {one.file for one in found.skipped} == set(expected)


def test_a_long_list_of_bad_files_is_counted(folder: Path) -> None:
    for number in range(30):
        (folder / "disc" / f"bad_{number:02}.png").write_bytes(b"no")
    with pytest.raises(InputError, match=r"30 of 42 files(.|\n)*and 20 more"):
        read_picture_folder(folder, skip_corrupt=False)


def test_too_few_classes_or_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not found"):
        read_picture_folder(tmp_path / "missing", skip_corrupt=False)
    (tmp_path / "flat").mkdir()
    drawn("disc", np.random.default_rng(0)).save(tmp_path / "flat" / "a.png")
    with pytest.raises(InputError, match="no sub-folders"):
        read_picture_folder(tmp_path / "flat", skip_corrupt=False)
    one = draw_folder(tmp_path / "one", pictures=4, shapes=("disc",))
    with pytest.raises(InputError, match="one class only, 'disc'"):
        read_picture_folder(one, skip_corrupt=False)
    (one / "square").mkdir()
    with pytest.raises(InputError, match="square: the class has no pictures"):
        read_picture_folder(one, skip_corrupt=False)
    for number in range(2):
        drawn("square", np.random.default_rng(number)).save(one / "square" / f"{number}.png")
    with pytest.raises(InputError, match="square: the class has 2 pictures"):
        read_picture_folder(one, skip_corrupt=False)


def test_a_class_that_is_left_with_too_few_is_refused(folder: Path) -> None:
    for path in sorted((folder / "disc").iterdir())[1:]:
        path.write_bytes(b"spoiled")
    with pytest.raises(InputError, match="the class has 1 picture that can be read"):
        read_picture_folder(folder, skip_corrupt=True)


def test_pictures_of_no_class_and_folders_in_a_class_are_refused(folder: Path) -> None:
    (folder / "disc" / "more").mkdir()
    with pytest.raises(InputError, match="a folder inside of a class"):
        read_picture_folder(folder, skip_corrupt=False)
    (folder / "disc" / "more").rmdir()
    drawn("disc", np.random.default_rng(0)).save(folder / "loose.png")
    with pytest.raises(InputError, match=r"1 pictures of no class, such as loose\.png"):
        read_picture_folder(folder, skip_corrupt=False)


def test_links_that_lead_out_of_the_folder_are_refused(folder: Path, tmp_path: Path) -> None:
    outside = draw_folder(tmp_path / "outside", pictures=3, shapes=("disc",))
    link = folder / "disc" / "link.jpg"
    link.symlink_to(outside / "disc" / "000.jpg")
    with pytest.raises(InputError, match="leads out of the folder"):
        read_picture_folder(folder, skip_corrupt=True)
    link.unlink()
    (folder / "rhomb").symlink_to(outside / "disc")
    with pytest.raises(InputError, match="rhomb: is a link that leads out of the folder"):
        read_picture_folder(folder, skip_corrupt=True)


def test_a_link_to_the_folder_itself_is_no_endless_way(folder: Path) -> None:
    (folder / "disc" / "again").symlink_to(folder)
    for look in (folder_digest, lambda path: read_picture_folder(path, skip_corrupt=True)):
        with pytest.raises(InputError, match="a folder inside of a class"):
            look(folder)


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "disc" / "pipe.jpg")
    for look in (folder_digest, lambda path: read_picture_folder(path, skip_corrupt=True)):
        with pytest.raises(InputError, match="not a regular file"):
            look(folder)


def test_the_digest_is_of_names_and_contents(folder: Path) -> None:
    before = folder_digest(folder)
    (folder / "disc" / "000.jpg").rename(folder / "disc" / "zzz.jpg")
    renamed = folder_digest(folder)
    (folder / "disc" / "zzz.jpg").write_bytes(b"other")
    assert len({before, renamed, folder_digest(folder)}) == 3


def test_the_same_class_twice_is_refused(folder: Path) -> None:
    (folder / "zirkel").symlink_to(folder / "disc")
    with pytest.raises(InputError, match="zirkel: is the same folder as 'disc'"):
        read_picture_folder(folder, skip_corrupt=False)


def test_a_file_that_changed_during_training_is_refused(folder: Path) -> None:
    found = read_picture_folder(folder, skip_corrupt=False)
    first = found.pictures[0]
    Image.new("RGB", (50, 50)).save(folder / first.name)
    with pytest.raises(InputError, match="has changed"):
        found.content(first)
