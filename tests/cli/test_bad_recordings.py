"""Bad recordings on the command line: each is named with what is wrong, the exit code is 2, and nothing is written or lost.

Where a form of file is no fault, one that is stands beside it: only this one is named, so the others were read.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.cli.in_process import mcu_here
from tests.moving_things import machine_folder, machine_sound, move_folder, movement, write_movement
from tests.spoken_words import speak_folder, spoken_word
from tests.wav_files import wav_bytes, write_wav

WORD = spoken_word("aiu", "anna", 7)


def words(here: Path) -> Path:
    return speak_folder(here / "data", takes=1)


def moves(here: Path) -> Path:
    return move_folder(here / "data", takes=3)


def machine(here: Path) -> Path:
    return machine_folder(here / "data", takes=3, broken=1)


def refused(task: str, here: Path, *options: str) -> str:
    """What is said; the same is in the JSON, and the folder of the data is as it was."""
    before = {path: path.read_bytes() for path in (here / "data").rglob("*") if path.is_file()}
    found = mcu_here("train", task, "data", "-o", "out", "--json", "r.json", *options)
    assert found.exit_code == 2, found.stdout + found.stderr
    told = json.loads((here / "r.json").read_text())
    assert (told["verdict"], told["exit_code"]) == ("error", 2)
    assert told["message"].splitlines()[0] in found.stderr
    assert not (here / "out").exists()
    assert {path: path.read_bytes() for path in (here / "data").rglob("*") if path.is_file()} == before
    return found.stderr


def _remove(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


@pytest.mark.parametrize(("task", "make", "classes"), [("keyword", words, ("iae", "uea")), ("motion", moves, ("shake", "walk"))])
def test_one_class(task: str, make: Callable[[Path], Path], classes: tuple[str, str], here: Path) -> None:
    folder = make(here)
    for name in classes:
        _remove(folder / name)
    assert "holds one class only" in refused(task, here)


@pytest.mark.parametrize(("task", "make", "name"), [("keyword", words, "aiu"), ("motion", moves, "walk"), ("anomaly", machine, "normal")])
def test_an_empty_class_and_an_empty_folder(task: str, make: Callable[[Path], Path], name: str, here: Path) -> None:
    folder = make(here)
    for path in (folder / name).iterdir():
        path.unlink()
    assert f"data/{name}: the class has no " in refused(task, here)
    for path in list(folder.iterdir()):
        _remove(path)
    assert "has no sub-folders" in refused(task, here)


@pytest.mark.parametrize(
    ("content", "words_said"),
    [
        (b"", "is not a readable sound"),
        (b"hello", "is not a readable sound: it is no WAV file"),
        (wav_bytes(WORD, 8000)[:-40], "is not a readable sound: it ends early"),
        (wav_bytes(np.zeros(0), 8000), "it holds no samples"),
        (b"RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\x7f", "is not a readable sound"),
    ],
    ids=["empty", "text", "cut off", "without samples", "lying sizes"],
)
def test_a_corrupt_sound(content: bytes, words_said: str, here: Path) -> None:
    (words(here) / "aiu" / "anna_bad.wav").write_bytes(content)
    said = refused("keyword", here)
    assert f"aiu/anna_bad.wav: {words_said}" in said
    assert "1 of 13 files" in said


def test_several_corrupt_sounds_are_named_one_by_one(here: Path) -> None:
    folder = words(here)
    for label in ("aiu", "iae", "uea"):
        (folder / label / "cleo_bad.wav").write_bytes(b"no")
    said = refused("keyword", here)
    assert all(f"{label}/cleo_bad.wav: is not a readable sound" in said for label in ("aiu", "iae", "uea"))


@pytest.mark.parametrize(
    ("values", "rate_hz", "form"),
    [
        (spoken_word("aiu", "anna", 7, 44_100), 44_100, "i2"),
        (np.stack([WORD, WORD], axis=1), 8000, "i2"),
        (40 * WORD, 8000, "i2"),
        (WORD, 8000, "i3"),
        (WORD, 8000, "f4"),
        (WORD, 8000, "u1"),
    ],
    ids=["another rate", "stereo", "clipped", "24 bits", "float", "8 bits"],
)
def test_other_forms_of_sound_are_no_fault(values: np.ndarray, rate_hz: int, form: str, here: Path) -> None:
    write_wav(words(here) / "aiu" / "anna_other.wav", values, rate_hz, form)
    (here / "data" / "uea" / "bert_bad.wav").write_bytes(b"no")
    said = refused("keyword", here)
    assert "uea/bert_bad.wav: is not a readable sound" in said
    assert "anna_other" not in said


@pytest.mark.parametrize(
    ("change", "words_said"),
    [
        (lambda lines: [lines[0].replace("az", "gz"), *lines[1:]], "it has the columns ax, ay, gz, not ax, ay, az"),
        (lambda lines: [line.rpartition(",")[0] for line in lines], "it has the columns ax, ay, not ax, ay, az"),
        (lambda lines: [*lines[:50], *lines[60:]], "its time stamps have gaps or jumps: line 51: a gap of 220"),
        (lambda lines: [*lines[:50], *lines[30:]], "its time stamps have gaps or jumps: line 51: the time goes back"),
        (lambda lines: [*lines[:50], "1000,a,b,c", *lines[50:]], "line 51 has 'a' where a number should be"),
        (lambda lines: [*lines[:50], "1000,1", *lines[50:]], "line 51 has 2 cells, the first one 4"),
        (lambda lines: lines[1:], "its first line has numbers, not the names of its columns"),
        (lambda lines: lines[:1], "it has 0 readings, fewer than 8"),
        (lambda lines: lines[:40], "it has 39 readings, a window takes 100"),
        (lambda lines: [], "its first line does not name its columns"),
    ],
    ids=["columns", "fewer columns", "gap", "jump", "text", "short line", "no names", "no readings", "short", "empty"],
)
def test_a_bad_recording_of_motion(change: Callable[[list[str]], list[str]], words_said: str, here: Path) -> None:
    path = moves(here) / "walk" / "01.csv"
    path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")
    said = refused("motion", here)
    assert f"walk/01.csv: {words_said}" in said
    assert "1 of 9 files" in said


def test_mixed_rates_of_motion(here: Path) -> None:
    write_movement(moves(here) / "walk" / "fast.csv", movement("walk", 9), rate_hz=100.0)
    assert "walk/fast.csv: it has 100 readings a second, not 50" in refused("motion", here)


def test_machines_without_a_normal_one_and_with_files_of_two_kinds(here: Path) -> None:
    folder = machine(here)
    (folder / "normal" / "notes.csv").write_text("time_ms,ax\n0,1\n")
    assert "normal/notes.csv: not a .wav file" in refused("anomaly", here)
    (folder / "normal" / "notes.csv").unlink()
    write_wav(folder / "normal" / "short.wav", machine_sound(0, broken=False)[:1000])
    assert "normal/short.wav: it has 1,000 samples at 16,000 Hz, an input takes more" in refused("anomaly", here)
    (folder / "normal").rename(folder / "good")
    assert "has no sub-folder 'normal'" in refused("anomaly", here)
