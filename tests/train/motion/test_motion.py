"""`mcu train motion` on generated movements: what is refused, what is written, what the model and its front end know."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import contract_of_source
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend.motion.compute import motion_features, readings_of
from mcu_toolkit.train import TrainedModel
from mcu_toolkit.train.motion.motion import MotionOptions, train_motion
from mcu_toolkit.train.motion.recordings import Movements, read_movements
from mcu_toolkit.train.phases import Reporting
from mcu_toolkit.train.sensors.outcome import FILES
from tests.moving_things import AXES, MOVES_HZ, RATE_HZ, move_folder, movement, write_movement


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return move_folder(tmp_path_factory.mktemp("data") / "moves", takes=10)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return move_folder(tmp_path / "moves", takes=3)


@pytest.fixture(scope="module")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    reporting = Reporting(lambda _: None, lambda _: None, lambda *_: None)
    return train_motion(MotionOptions(folder, epochs=20), tmp_path_factory.mktemp("out") / "moves", reporting)


def read(folder: Path, *, skip_corrupt: bool = False) -> Movements:
    return read_movements(folder, None, None, skip_corrupt=skip_corrupt)


def test_the_front_end_is_made_for_the_data(small: Path) -> None:
    found = read(small)
    assert found.classes == tuple(sorted(MOVES_HZ))
    assert (found.frontend.axes, found.frontend.sample_rate_hz) == (AXES, RATE_HZ)
    assert (found.frontend.window_samples, found.frontend.hop_samples) == (100, 50)
    values = np.concatenate([movement(kind, take) for kind in MOVES_HZ for take in range(3)])
    assert 8192 <= np.abs(readings_of(values, found.frontend).astype(int)).max() <= 16_384


def test_bad_recordings_are_named_one_by_one_or_skipped(small: Path) -> None:
    values = movement("walk", 7)
    write_movement(small / "walk" / "fast.csv", values, 100.0)
    write_movement(small / "walk" / "short.csv", values[:50])
    write_movement(small / "walk" / "other.csv", values, header="time_ms,x,y,z")
    (small / "walk" / "text.csv").write_text("hello\nworld\n")
    (small / "walk" / "notes.txt").write_text("hello")
    gap = (small / "walk" / "00.csv").read_text().splitlines()
    (small / "walk" / "gap.csv").write_text("\n".join(gap[:40] + gap[80:]) + "\n")
    with pytest.raises(InputError) as raised:
        read(small)
    for words in (
        "fast.csv: it has 100 readings a second, not 50",
        "short.csv: it has 50 readings, a window takes 100",
        "other.csv: it has the columns x, y, z, not ax, ay, az",
        "text.csv: line 2",
        "notes.txt: not a .csv file",
        "gap.csv: its time stamps have gaps or jumps: line 41: a gap",
    ):
        assert f"walk/{words}"[: len(words)] in raised.value.what.replace("walk/walk/", "walk/"), words
    assert "6 of 15 files" in raised.value.what
    assert len(read(small, skip_corrupt=True).skipped) == 6


def test_one_class_an_empty_one_and_no_time_stamps(tmp_path: Path) -> None:
    write_movement(tmp_path / "one" / "walk" / "0.csv", movement("walk", 0))
    with pytest.raises(InputError, match="one class only"):
        read(tmp_path / "one")
    (tmp_path / "one" / "idle").mkdir()
    with pytest.raises(InputError, match="the class has no recordings"):
        read(tmp_path / "one")
    for kind in ("a", "b"):
        (tmp_path / "none" / kind).mkdir(parents=True)
        for take in range(3):
            (tmp_path / "none" / kind / f"{take}.csv").write_text("x\n" + "1\n2\n" * 60)
    with pytest.raises(InputError, match="has no time stamps"):
        read(tmp_path / "none")
    assert read_movements(tmp_path / "none", None, 25.0, skip_corrupt=False).frontend.sample_rate_hz == 25


@pytest.mark.slow
def test_everything_is_written_and_recordings_are_in_one_part(trained: TrainedModel) -> None:
    assert sorted(path.name for path in trained.folder.iterdir()) == sorted(FILES)
    rows = json.loads((trained.folder / "split.json").read_text())["files"]
    assert len(rows) == len({row["file"] for row in rows}) == 30
    assert {row["part"] for row in rows if row["label"] == "walk"} == {"train", "validation", "test"}


@pytest.mark.slow
def test_it_tells_movements_apart(trained: TrainedModel) -> None:
    assert trained.accuracy is not None
    assert trained.accuracy > 0.9


@pytest.mark.slow
def test_the_model_knows_how_its_inputs_are_made(trained: TrainedModel, folder: Path) -> None:
    contract = contract_of_source(trained.keras_file)
    assert contract.motion is not None
    assert contract.preprocessing is not None
    assert contract.preprocessing.labels == tuple(sorted(MOVES_HZ))
    found = read(folder)
    assert contract.motion == found.frontend
    with np.load(trained.data_file) as data:
        windows = np.concatenate([found.features(one) for one in found.recordings])
        known = {row.tobytes() for row in windows}
        assert all(row.tobytes() in known for row in data["x"])
        assert data["x"].dtype == np.uint16
    features = motion_features(readings_of(movement("walk", 0), contract.motion), contract.motion)
    assert abs(contract.preprocessing.apply(features).mean()) < 2
