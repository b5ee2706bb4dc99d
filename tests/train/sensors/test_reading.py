"""A file is read once when it is examined and once when its features are computed: what was hashed is what is decoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from mcu_toolkit.artifacts import motion_table, sound
from mcu_toolkit.errors import InputError
from mcu_toolkit.system.archives import MAX_BYTES_VARIABLE
from mcu_toolkit.train import class_folder
from mcu_toolkit.train.anomaly.machine import read_machine
from mcu_toolkit.train.keyword.options import KeywordOptions
from mcu_toolkit.train.keyword.sounds import read_words
from mcu_toolkit.train.motion.recordings import read_movements
from mcu_toolkit.train.sensors.recordings import Recording
from tests.moving_things import machine_folder, move_folder
from tests.spoken_words import speak_folder

Opened = tuple[tuple[Recording, ...], Callable[[Recording], object]]


def _words(folder: Path) -> Opened:
    found = read_words(KeywordOptions(speak_folder(folder, takes=1, speakers=("anna", "bert", "cleo"))))
    return found.recordings, found.sound


def _machine(folder: Path) -> Opened:
    found = read_machine(machine_folder(folder, takes=3, broken=1), None, None, skip_corrupt=False)
    return found.recordings, found.inputs


def _moves(folder: Path) -> Opened:
    found = read_movements(move_folder(folder, takes=3), None, None, skip_corrupt=False)
    return found.recordings, found.features


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each file was read."""
    counted: Counter[str] = Counter()
    original = class_folder.read_bytes

    def counting(path: Path, *, kind: str) -> bytes:
        counted[f"{path.parent.name}/{path.name}"] += 1
        return original(path, kind=kind)

    for module in (class_folder, sound, motion_table):
        monkeypatch.setattr(module, "read_bytes", counting)
    return counted


@pytest.mark.parametrize("open_folder", [_words, _machine, _moves])
def test_every_file_is_read_once_and_again_for_its_features(
    open_folder: Callable[[Path], Opened], reads: Counter[str], tmp_path: Path
) -> None:
    recordings, features = open_folder(tmp_path / "data")
    assert reads == dict.fromkeys((one.name for one in recordings), 1)
    features(recordings[0])
    assert reads.pop(recordings[0].name) == 2
    assert set(reads.values()) == {1}


@pytest.mark.parametrize("open_folder", [_words, _machine, _moves])
def test_a_file_that_is_too_large_is_named_before_it_is_read(
    open_folder: Callable[[Path], Opened], reads: Counter[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recordings, features = open_folder(tmp_path / "data")
    monkeypatch.setenv(MAX_BYTES_VARIABLE, "1000")
    with pytest.raises(InputError, match="bytes of memory") as raised:
        features(recordings[0])
    assert str(raised.value.on).endswith(recordings[0].name)
    assert set(reads.values()) == {1}
