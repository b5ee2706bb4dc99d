"""`mcu train keyword`, `motion` and `anomaly` on the command line: what is refused leaves nothing, and the chain goes on to a board."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import assert_refused
from tests.moving_things import machine_folder, move_folder
from tests.spoken_words import speak_folder


@pytest.fixture
def words(here: Path) -> Path:
    speak_folder(here / "words", takes=1)
    return Path("words")


def test_no_folder_and_options_of_other_tasks(words: Path, here: Path) -> None:
    hint = "\n  expected: a folder with a sub-folder for each class\n  try: mcu train keyword FOLDER -o DIR"
    assert_refused(mcu_here("train", "keyword"), 2, f"error: mcu train keyword: no folder of sounds{hint}")
    expected = "expected: the task keyword, which learns from sounds: mcu train keyword FOLDER"
    assert_refused(mcu_here("train", "motion", words, "--silence"), 2, f"error: --silence with the task motion\n  {expected}")
    others = "expected: the task motion, which learns from motion: mcu train motion FOLDER (or anomaly)"
    assert_refused(mcu_here("train", "keyword", words, "--rate", "50"), 2, f"error: --rate with the task keyword\n  {others}")
    folds = mcu_here("train", "keyword", words, "--folds", "words")
    assert_refused(folds, 2, "error: --folds words\n  expected: --folds speakers")
    assert [path.name for path in here.iterdir()] == ["words"]


def test_a_damaged_sound_ends_with_2_and_leaves_nothing(words: Path, here: Path) -> None:
    (words / "aiu" / "anna_9.wav").write_bytes(b"no sound")
    found = mcu_here("train", "keyword", words, "-o", "out", "--json", "r.json")
    assert found.exit_code == 2
    assert "aiu/anna_9.wav: is not a readable sound: it is no WAV file" in found.stderr
    assert json.loads((here / "r.json").read_text())["exit_code"] == 2
    assert not (here / "out").exists()


def test_a_model_inside_of_the_folder(words: Path, here: Path) -> None:
    found = mcu_here("train", "keyword", words, "-o", "words/model")
    assert found.exit_code == 2
    assert "is inside of the folder of sounds" in found.stderr
    assert sorted(path.name for path in words.iterdir()) == ["aiu", "iae", "uea"]


def test_gaps_in_time_end_with_2(here: Path) -> None:
    move_folder(here / "moves", takes=3)
    rows = (here / "moves/walk/00.csv").read_text().splitlines()
    (here / "moves/walk/00.csv").write_text("\n".join(rows[:50] + rows[60:]) + "\n")
    found = mcu_here("train", "motion", "moves", "-o", "out")
    assert found.exit_code == 2
    assert "walk/00.csv: its time stamps have gaps or jumps: line 51: a gap of 220" in found.stderr
    assert not (here / "out").exists()


def test_a_front_end_of_motion_is_shown_and_written_as_c(here: Path) -> None:
    (here / "f.toml").write_text(
        'sample_rate_hz = 100\naxes = ["x", "y"]\ncounts_per_unit = 4096\nwindow_samples = 128\nhop_samples = 64\n'
        '[[filters]]\nkind = "high_pass"\ncutoff_hz = 0.5\n[spectrum]\nbands = 4\n'
    )
    shown = succeed_here("frontend", "f.toml", "--as-c", "src", "--name", "move")
    assert "2 axes (x, y) at 100 Hz, windows of 1.28 s every 0.64 s" in shown.stdout
    assert (here / "src/move_frontend.c").is_file()
    assert (here / "src/frontend/motion/filters.h").is_file()
    refused = mcu_here("frontend", "f.toml", "sound.wav")
    assert refused.exit_code == 2
    assert "takes motion, not sounds" in refused.stderr


@pytest.mark.slow
def test_words_reach_the_board_as_the_host_hears_them(words: Path, here: Path, boards: Path) -> None:
    arguments = ("train", "keyword", words, "-o", "out", "--network", "streaming", "--epochs", "2", "--folds", "speakers")
    first = succeed_here(*arguments, "--json", "r.json")
    assert "leave one speaker out:" in first.stdout
    assert "  mean " in first.stdout
    facts = json.loads((here / "r.json").read_text())
    assert [one["speaker"] for one in facts["folds"]["speakers"]] == ["anna", "bert", "cleo", "dora"]
    assert all(0 <= one["quantized"] <= 1 for one in facts["folds"]["speakers"])
    assert "up to date" in succeed_here(*arguments).stdout
    succeed_here("quantize", "out/model.keras", "--data", "out/data.npz", "-o", "out/m.tflite")
    deployed = succeed_here("deploy", "out/m.tflite", "--board", "netduinoplus2", "--data", "out/data.npz", "--samples", "2", "-o", "d")
    assert "byte-equal" in deployed.stdout
    said = succeed_here("predict", "out/m.tflite", words / "aiu" / "anna_0.wav")
    assert any(word in said.stdout for word in ("aiu", "iae", "uea"))


@pytest.mark.slow
def test_motion_and_machines_reach_the_board(here: Path, boards: Path) -> None:
    move_folder(here / "moves", takes=4)
    machine_folder(here / "motor", takes=4, broken=1)
    succeed_here("train", "motion", "moves", "-o", "m", "--epochs", "2")
    trained = succeed_here("train", "anomaly", "motor", "-o", "a", "--epochs", "2", "--false-alarms", "0.05")
    assert "threshold: a mean squared error of" in trained.stdout
    for folder in ("m", "a"):
        succeed_here("quantize", f"{folder}/model.keras", "--data", f"{folder}/data.npz", "-o", f"{folder}/q.tflite")
        data = ("--data", f"{folder}/data.npz", "--samples", "3")
        assert "byte-equal" in succeed_here("deploy", f"{folder}/q.tflite", "--board", "netduinoplus2", *data, "-o", f"{folder}/d").stdout
