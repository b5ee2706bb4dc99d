"""`mcu train anomaly` on generated machines: rattling is told from humming, and the threshold is in the model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import contract_of_source
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend import MICRO_FRONTEND
from mcu_toolkit.frontend.presets import MACHINE
from mcu_toolkit.train import TrainedModel
from mcu_toolkit.train.anomaly.anomaly import AnomalyOptions, train_anomaly
from mcu_toolkit.train.anomaly.machine import FRAMES, read_machine, stacked
from mcu_toolkit.train.phases import Reporting
from tests.moving_things import machine_folder, machine_sound, move_folder
from tests.wav_files import write_wav

SILENT = Reporting(lambda _: None, lambda _: None, lambda *_: None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return machine_folder(tmp_path_factory.mktemp("data") / "motor", takes=12, broken=4)


@pytest.fixture(scope="module")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    return train_anomaly(AnomalyOptions(folder, epochs=15, false_alarms=0.02), tmp_path_factory.mktemp("out") / "motor", SILENT)


def test_inputs_are_frames_that_follow_each_other() -> None:
    frames = np.arange(40, dtype=np.uint16).reshape(10, 4)
    found = stacked(frames)
    assert found.shape == (3, FRAMES * 4)
    assert np.array_equal(found[1], frames[2:7].ravel())


def test_a_folder_without_normal_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no sub-folder 'normal'"):
        read_machine(move_folder(tmp_path / "moves", takes=3), None, None, skip_corrupt=False)


def test_damaged_and_short_sounds_are_named(tmp_path: Path) -> None:
    for take in range(3):
        write_wav(tmp_path / "normal" / f"{take}.wav", machine_sound(take, broken=False))
    write_wav(tmp_path / "normal" / "short.wav", np.ones(100) / 2)
    (tmp_path / "normal" / "cut.wav").write_bytes((tmp_path / "normal" / "0.wav").read_bytes()[:-9])
    with pytest.raises(InputError) as raised:
        read_machine(tmp_path, None, None, skip_corrupt=False)
    assert "normal/short.wav: it has 100 samples" in raised.value.what
    assert "normal/cut.wav: is not a readable sound: it ends early" in raised.value.what
    assert len(read_machine(tmp_path, None, None, skip_corrupt=True).recordings) == 3


def test_a_front_end_of_another_sensor_is_refused(tmp_path: Path) -> None:
    move_folder(tmp_path / "m", takes=3)
    (tmp_path / "m" / "idle").rename(tmp_path / "m" / "normal")
    with pytest.raises(InputError, match="holds CSV files"):
        read_machine(tmp_path / "m", MICRO_FRONTEND, None, skip_corrupt=False)


def test_values_that_cannot_be_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--false-alarms 0\.9"):
        AnomalyOptions(tmp_path, false_alarms=0.9)


@pytest.mark.slow
def test_rattling_is_told_from_humming(trained: TrainedModel) -> None:
    assert trained.facts.sensors is not None
    found = trained.facts.sensors.anomaly
    assert found is not None
    assert found.auc == 1.0
    assert found.detected is not None
    assert found.detected > 0.3  # a rattle is quiet most of the time
    assert found.false_alarms < 0.3


@pytest.mark.slow
def test_the_threshold_and_the_front_end_are_in_the_model(trained: TrainedModel) -> None:
    contract = contract_of_source(trained.keras_file)
    assert contract.frontend == MACHINE
    assert contract.anomaly is not None
    assert trained.facts.sensors is not None
    assert trained.facts.sensors.anomaly is not None
    assert contract.anomaly.threshold == trained.facts.sensors.anomaly.threshold > 0


@pytest.mark.slow
def test_anomalies_are_in_the_test_alone(trained: TrainedModel) -> None:
    rows = json.loads((trained.folder / "split.json").read_text())["files"]
    assert {row["part"] for row in rows if row["label"] == "rattling"} == {"test"}
    assert {row["part"] for row in rows if row["label"] == "normal"} == {"train", "validation", "test"}


@pytest.mark.slow
def test_motion_of_a_machine_is_learned_as_well(tmp_path: Path) -> None:
    folder = move_folder(tmp_path / "moves", takes=8)
    (folder / "idle").rename(folder / "normal")
    trained = train_anomaly(AnomalyOptions(folder, epochs=8), tmp_path / "out", SILENT)
    contract = contract_of_source(trained.keras_file)
    assert contract.motion is not None
    assert trained.facts.sensors is not None
    assert trained.facts.sensors.anomaly is not None
    assert trained.facts.sensors.anomaly.auc == 1.0
