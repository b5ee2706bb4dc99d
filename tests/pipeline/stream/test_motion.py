"""`mcu stream --csv`: motion as it comes, judged as sound is; files that are not for the model."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import contract_of_model
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend.motion.compute import motion_features, readings_of
from mcu_toolkit.model import read_model
from mcu_toolkit.pipeline.predict import PredictRequest, predict
from mcu_toolkit.pipeline.stream import RuleChoices, StreamRequest, run, stream
from mcu_toolkit.pipeline.workspace.progress import Silent
from tests.pipeline.stream.moves import MOTION, anomaly_model, motion_model, shaken, write_motion
from tests.pipeline.stream.tones import tone_model, tones, write_track, write_wav

SHAKEN = [(2.0, 4.0), (7.0, 9.0)]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("m.tflite").write_bytes(motion_model())
    write_motion(Path("m.csv"), shaken(SHAKEN, 12.0) / 8192)
    return tmp_path


def test_motion_is_streamed_and_judged(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_track(Path("t.csv"), [(start, end, "shake") for start, end in SHAKEN])
    once, saved_to = RuleChoices(waits_for_quiet=True), Path("saved.tflite")
    request = StreamRequest(Path("m.tflite"), [Path("m.csv")], [Path("t.csv")], ["tflm,aot-host"], once, saved_model=saved_to)
    result = stream(request, Silent())
    assert result.verdict == "pass"
    judged = result.facts.judged
    assert judged is not None
    assert (judged.detected, judged.events, judged.false_alarms) == (2, 2, 0)
    windows = motion_features(readings_of(shaken(SHAKEN, 12.0) / 8192, MOTION), MOTION)
    assert result.facts.sounds[0].inferences == len(windows)
    assert result.facts.decisions[0].time_s == pytest.approx((50 + 10 * result.facts.decisions[0].inference) / 50)
    saved = contract_of_model(read_model(Path("saved.tflite")))
    assert (saved.motion, saved.frontend, saved.decision) == (MOTION, None, result.facts.rule)
    monkeypatch.setattr(run, "_PIECE_S", 1)
    assert stream(StreamRequest(Path("saved.tflite"), [Path("m.csv")]), Silent()).facts.decisions == result.facts.decisions


def test_columns_are_found_by_their_names(here: Path) -> None:
    values = shaken(SHAKEN, 12.0) / 8192
    write_motion(Path("other.csv"), np.column_stack([values[:, [2, 0]], np.full(len(values), 7), values[:, 1]]), ("z", "x", "light", "y"))
    found = [stream(StreamRequest(Path("m.tflite"), [Path(name)]), Silent()).facts.scores for name in ("m.csv", "other.csv")]
    assert found[0] == found[1]


def test_every_file_that_is_not_for_the_model_is_named(here: Path) -> None:
    values = shaken(SHAKEN, 12.0) / 8192
    write_wav(Path("s.wav"), tones([], 1.0))
    write_motion(Path("axes.csv"), values, ("x", "y", "w"))
    write_motion(Path("fast.csv"), values, rate_hz=100.0)
    names = ["m.csv", "s.wav", "axes.csv", "fast.csv"]
    with pytest.raises(InputError) as caught:
        stream(StreamRequest(Path("m.tflite"), [Path(name) for name in names], rule=RuleChoices()), Silent())
    for line in ("s.wav: is a sound", "axes.csv: has the columns x, y, w, and no 'z'", "fast.csv: has 100 readings a second"):
        assert line in caught.value.what


@pytest.mark.parametrize("rate_hz", [48.0, 52.0])
def test_a_clock_may_be_off_by_what_training_lets_through(rate_hz: float, here: Path) -> None:
    write_motion(Path("off.csv"), shaken(SHAKEN, 12.0) / 8192, rate_hz=rate_hz)
    assert stream(StreamRequest(Path("m.tflite"), [Path("off.csv")]), Silent()).facts.decisions


def test_a_gap_in_time_and_a_model_of_sound_are_refused(here: Path) -> None:
    lines = Path("m.csv").read_text().splitlines()
    Path("gap.csv").write_text("\n".join([*lines[:100], *lines[130:]]) + "\n")
    with pytest.raises(InputError, match=re.escape("its time stamps have gaps or jumps: line 101")):
        stream(StreamRequest(Path("m.tflite"), [Path("gap.csv")]), Silent())
    Path("sound.tflite").write_bytes(tone_model())
    with pytest.raises(InputError, match="is motion, and the model takes sound"):
        stream(StreamRequest(Path("sound.tflite"), [Path("m.csv")]), Silent())


def test_anomalies_are_decided_by_the_models_own_threshold(here: Path) -> None:
    Path("a.tflite").write_bytes(anomaly_model(1e6))
    write_track(Path("t.csv"), [(start, end, "anomaly") for start, end in SHAKEN])
    rule = RuleChoices(waits_for_quiet=True)
    request = StreamRequest(Path("a.tflite"), [Path("m.csv")], [Path("t.csv")], ["tflm,aot-host"], rule, output=Path("out"))
    result = stream(request, Silent())
    assert result.verdict == "pass"
    facts = result.facts
    assert facts.classes == ("anomaly",)
    assert [one.label for one in facts.decisions] == ["anomaly"] * 2
    assert facts.judged is not None
    assert (facts.judged.detected, facts.judged.false_alarms) == (2, 0)
    said = predict(PredictRequest(Path("a.tflite"), ["m.csv"]), Silent()).facts.predictions
    exact = np.array([one.anomaly.score for one in said if one.anomaly is not None])
    most = 16 * 1e6
    assert np.array(facts.scores)[:, 0] == pytest.approx(np.minimum(exact, most), abs=1e6 / 4096)
    assert any("decides: anomaly above 1000000.000" in line for line in result.lines)
    assert (Path("out") / "scores.png").is_file()
    higher = StreamRequest(Path("a.tflite"), [Path("m.csv")], rule=RuleChoices(threshold=15e6))
    assert not stream(higher, Silent()).facts.decisions


def test_a_rule_of_anomalies_is_not_saved_for_firmware(here: Path) -> None:
    Path("a.tflite").write_bytes(anomaly_model(1e6))
    with pytest.raises(InputError, match="--save-rule of a model of anomalies"):
        stream(StreamRequest(Path("a.tflite"), [Path("m.csv")], saved_model=Path("b.tflite")), Silent())
    assert not Path("b.tflite").exists()
