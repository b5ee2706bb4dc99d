"""Recordings of motion through `mcu predict`: every window is an input; models of anomalies say a score and a verdict."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import AnomalyRule, InputContract, with_contract
from mcu_toolkit.artifacts.motion_table import read_motion
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.artifacts.sound import read_sound
from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.frontend import features_of
from mcu_toolkit.frontend.motion.compute import motion_features, readings_of
from mcu_toolkit.frontend.presets import MACHINE
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.predict import PredictRequest, PredictResult, predict
from mcu_toolkit.pipeline.predict.recordings import read_windows
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.train.anomaly.machine import FRAMES, stacked
from mcu_toolkit.validate import dequantize, quantize
from tests import small_models
from tests.cli.in_process import mcu_here, succeed_here
from tests.moving_things import machine_sound
from tests.pipeline.stream.moves import MOTION, anomaly_model, motion_model, shaken, write_motion
from tests.wav_files import write_wav

SHAKEN = [(2.0, 4.0)]
VALUES = shaken(SHAKEN, 6.0) / 8192
THRESHOLD = 1e6
"""A deviation of a quarter g is 1000 counts."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("m.tflite").write_bytes(motion_model())
    Path("a.tflite").write_bytes(anomaly_model(THRESHOLD))
    write_motion(Path("m.csv"), VALUES)
    return tmp_path


def ask(model: str, *words: str) -> StepResult[PredictResult]:
    return predict(PredictRequest(Path(model), words), Silent())


def test_every_window_of_a_recording_is_an_input(here: Path) -> None:
    found = ask("m.tflite", "m.csv").facts.predictions
    windows = motion_features(readings_of(VALUES, MOTION), MOTION)
    assert [one.input for one in found] == [f"m.csv[{number}]" for number in range(len(windows))]
    labels = [one.predicted.label for one in found]
    assert labels[0] == labels[-1] == "none"
    shaking = [label == "shake" for label in labels]
    assert shaking == (windows.max(axis=1) > 1200).tolist()
    assert 5 < sum(shaking) < len(windows) - 5


def test_a_table_of_features_is_still_a_data_file(here: Path) -> None:
    windows = motion_features(readings_of(VALUES, MOTION), MOTION)
    rows = [",".join(map(str, row)) for row in windows.tolist()]
    for name, head in (("plain.csv", []), ("headed.csv", ["std of x,std of y,std of z"])):
        Path(name).write_text("\n".join([*head, *rows]) + "\n")
        found, expected = ask("m.tflite", name).facts.predictions, ask("m.tflite", "m.csv").facts.predictions
        assert [one.predicted for one in found] == [one.predicted for one in expected]


@pytest.mark.parametrize(
    ("name", "axes", "rate_hz", "seconds", "words"),
    [
        ("axes", ("x", "y", "w", "light", "sound"), 50.0, 6.0, "has the columns x, y, w, light, sound, and no 'z'"),
        ("fast", ("x", "y", "z"), 100.0, 6.0, "has 100 readings a second"),
        ("short", ("x", "y", "z"), 50.0, 0.9, "has 0 frames of the front end"),
    ],
)
def test_recordings_for_another_model_are_named(
    name: str, axes: tuple[str, ...], rate_hz: float, seconds: float, words: str, here: Path
) -> None:
    values = np.tile(shaken([], seconds) / 8192, 2)[:, : len(axes)]
    write_motion(Path(f"{name}.csv"), values, axes, rate_hz)
    with pytest.raises(InputError, match=words) as raised:
        ask("m.tflite", "m.csv", f"{name}.csv")
    assert raised.value.on == f"{name}.csv"


def test_a_gap_in_time_ends_with_2_and_its_line(here: Path) -> None:
    lines = Path("m.csv").read_text().splitlines()
    Path("gap.csv").write_text("\n".join([*lines[:100], *lines[130:]]) + "\n")
    found = mcu_here("predict", "m.tflite", "gap.csv", "--json", "r.json")
    assert found.exit_code == 2
    assert "is no recording of motion: its time stamps have gaps or jumps: line 101" in found.stderr
    assert json.loads(Path("r.json").read_text())["exit_code"] == 2


def test_an_anomaly_has_a_score_and_a_verdict(here: Path) -> None:
    said = succeed_here("predict", "a.tflite", "m.csv", "--json", "r.json")
    found = [one["anomaly"] for one in json.loads(Path("r.json").read_text())["predictions"]]
    model = parse_model(anomaly_model(THRESHOLD), "a")
    windows = motion_features(readings_of(read_motion(Path("m.csv")).values, MOTION), MOTION).astype(np.float32)
    given = dequantize(quantize(windows, model.inputs[0]), model.inputs[0])
    assert [one["score"] for one in found] == pytest.approx(((given - 40.0) ** 2).mean(axis=1).tolist())
    assert [one["is_anomaly"] for one in found] == [one["score"] > THRESHOLD for one in found]
    count = sum(one["is_anomaly"] for one in found)
    assert 5 < count < len(found) - 5
    assert f"m.csv: {count} of {len(found)} windows are anomalies; scores up to" in said.stdout


def test_a_window_or_two_have_lines_of_their_own(here: Path) -> None:
    said = succeed_here("predict", "a.tflite", "40,40,40", "3000,3000,3000").stdout.splitlines()
    assert said[0].startswith("40,40,40: normal, score ")
    assert said[1].startswith("3000,3000,3000: anomaly, score ")
    assert said[1].endswith("(anomalies are above 1e+06)")


def test_a_threshold_in_a_model_that_is_no_autoencoder_is_refused(here: Path) -> None:
    content = small_models.fully_connected(inputs=2, outputs=3)
    Path("no.tflite").write_bytes(with_contract(content, InputContract(Preprocessing(), anomaly=AnomalyRule(1.0))))
    with pytest.raises(UnsupportedModelError, match="is no autoencoder"):
        ask("no.tflite", "1,2")


def test_windows_of_a_sound_are_those_of_the_training(tmp_path: Path) -> None:
    path = tmp_path / "motor.wav"
    write_wav(path, machine_sound(0, broken=False))
    found = read_windows([path], (FRAMES * MACHINE.features,), None, MACHINE)
    assert np.array_equal(found.array, stacked(features_of(read_sound(path, 16_000).samples, MACHINE)))
    assert found.names[0] == f"{path}[0]"
    with pytest.raises(InputError, match="does not take what its front end computes"):
        read_windows([path], (7,), None, MACHINE)
