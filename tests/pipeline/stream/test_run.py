"""`mcu stream`: windows, state, decisions, rules, files; on the golden interpreter and on compiled code."""

from __future__ import annotations

import csv
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts import RunResult
from mcu_toolkit.artifacts.contract import contract_of_model
from mcu_toolkit.artifacts.decider import Decider, scores_of
from mcu_toolkit.frontend import features_of
from mcu_toolkit.model import parse_model, read_model
from mcu_toolkit.pipeline.proof.host import golden_runner
from mcu_toolkit.pipeline.stream import RuleChoices, StreamRequest, StreamResult, run, stream
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.runners.aot_host import AotHostRunner
from mcu_toolkit.system.files import temporary_folder
from mcu_toolkit.validate import quantize
from tests.pipeline.stream.tones import (
    BANDS,
    FRAMES,
    FRONTEND,
    RATE_HZ,
    SCALE,
    ring_model,
    stateful_model,
    tone_model,
    tones,
    variable_model,
    write_track,
    write_wav,
)

WORDS = [(1.0, 1.5, "low"), (3.0, 3.4, "high"), (5.0, 5.6, "low"), (7.2, 7.7, "high")]
SECONDS = 10.0


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "tones.tflite"
    path.write_bytes(tone_model())
    return path


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "stream.wav", tones(WORDS, SECONDS))


def streamed(request: StreamRequest) -> StreamResult:
    return stream(request, Silent()).facts


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def by_hand(content: bytes, samples: np.ndarray, frames: int, stride: int) -> np.ndarray:
    """Scores window after window, each computed from the whole sound's features; golden runner, from its initial state on."""
    parsed = parse_model(content, "m")
    features = features_of(samples, FRONTEND)
    starts = range(0, len(features) - frames + 1, stride)
    raw = np.stack([features[start : start + frames] for start in starts]).astype(np.float32) * np.float32(SCALE)
    inputs = quantize(raw.reshape(len(raw), *parsed.inputs[0].shape[1:]), parsed.inputs[0])
    with temporary_folder() as work, closing(golden_runner(parsed, work)) as runner:
        result: RunResult = runner.run([inputs])
    quantization = parsed.outputs[0].quantization
    assert quantization is not None
    return scores_of(result.outputs[0], quantization.zero_point)


@pytest.mark.parametrize("stride", [1, 2, 6])
def test_a_plain_model_sees_windows_that_slide_by_the_stride(stride: int, model: Path, sound: Path) -> None:
    result = streamed(StreamRequest(model, [sound], rule=RuleChoices(stride_frames=stride)))
    expected = by_hand(tone_model(), tones(WORDS, SECONDS), FRAMES, stride)
    assert np.array_equal(np.array(result.scores) * 256, expected)
    decided = Decider(result.rule, 3).push(expected)
    assert [(one.inference, one.sum) for one in result.decisions] == [(one.inference, one.sum) for one in decided]
    assert [one.label for one in result.decisions] == ["low", "high", "low", "high"]


def test_scores_do_not_depend_on_the_pieces_in_which_a_file_is_read(model: Path, sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = streamed(StreamRequest(model, [sound]))
    monkeypatch.setattr(run, "_PIECE_S", 1)
    assert replace(streamed(StreamRequest(model, [sound])), files=()) == whole


def test_state_is_kept_between_hops_and_reset_at_the_start_of_each_sound(tmp_path: Path, sound: Path) -> None:
    path = tmp_path / "state.tflite"
    path.write_bytes(stateful_model())
    scores = by_hand(stateful_model(), tones(WORDS, SECONDS), 1, 1)
    rows = tmp_path / "out" / "scores.csv"
    request = StreamRequest(path, [sound, sound], on=["tflm,aot-host"], output=rows.parent, rule=RuleChoices(threshold=20.0))
    result = streamed(request)
    found = [[float(row[name]) for name in result.classes] for row in rows_of(rows)]
    assert np.array_equal(np.array(found) * 2, np.concatenate([scores, scores]))
    assert result.comparisons[0].differing_bytes == 0
    assert result.comparisons[0].samples == 2 * len(scores)
    assert result.differences == ()
    one = np.stack([by_hand(stateful_model(), tones(WORDS, SECONDS)[at * 128 :][:256], 1, 1)[0] for at in range(60, 90)])
    assert not np.array_equal(one, scores[60:90]), "the model's state matters"


@pytest.mark.parametrize("content", [ring_model(), variable_model()], ids=["CIRCULAR_BUFFER", "variable"])
def test_state_of_every_kind_is_kept_and_reset(content: bytes, tmp_path: Path, sound: Path) -> None:
    path = tmp_path / "state.tflite"
    path.write_bytes(content)
    whole = streamed(StreamRequest(path, [sound, sound], on=["tflm,aot-host"]))
    assert whole.rule.stride_frames == 1
    assert whole.comparisons[0].differing_bytes == 0
    first, second = whole.sounds
    assert first.decisions == second.decisions
    scale = read_model(path).outputs[0].quantization.scale  # type: ignore[union-attr]
    assert np.array_equal(np.array(whole.scores), by_hand(content, tones(WORDS, SECONDS), 1, 1) * scale)


def test_the_ring_of_a_stream_decides_what_the_window_decides(model: Path, sound: Path, tmp_path: Path) -> None:
    """The same scores, one frame at a time: behind the first window they are those of the plain model."""
    (tmp_path / "ring.tflite").write_bytes(ring_model())
    window = np.array(streamed(StreamRequest(model, [sound], rule=RuleChoices(stride_frames=1))).scores)
    ring = np.array(streamed(StreamRequest(tmp_path / "ring.tflite", [sound])).scores)
    assert np.array_equal(ring[FRAMES - 1 :], window)


def test_a_model_with_state_takes_every_frame_once(tmp_path: Path, sound: Path) -> None:
    path = tmp_path / "state.tflite"
    path.write_bytes(stateful_model())
    result = streamed(StreamRequest(path, [sound]))
    assert result.rule.stride_frames == 1
    assert result.sounds[0].inferences == FRONTEND.frames_in(round(SECONDS * RATE_HZ))


def test_runners_side_by_side_are_byte_equal_and_decide_the_same(model: Path, sound: Path) -> None:
    result = stream(StreamRequest(model, [sound], on=["tflm,aot-host"], rule=RuleChoices(stride_frames=1)), Silent())
    assert result.verdict == "pass"
    [comparison] = result.facts.comparisons
    assert (comparison.a, comparison.b, comparison.differing_bytes) == ("aot-host", "tflm", 0)
    assert comparison.samples == result.facts.sounds[0].inferences
    assert any("byte-equal" in line and "the same decisions" in line for line in result.lines)


def test_a_runner_that_computes_otherwise_is_a_no(model: Path, sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = AotHostRunner.run

    def lying(self: AotHostRunner, inputs: list[np.ndarray]) -> RunResult:
        result = honest(self, inputs)
        return replace(result, outputs=(np.roll(result.outputs[0], 1, axis=-1),))

    monkeypatch.setattr(AotHostRunner, "run", lying)
    for order in ("tflm,aot-host", "aot-host,tflm"):
        result = stream(StreamRequest(model, [sound], on=[order]), Silent())
        assert result.verdict == "fail"
        assert result.facts.differences[0].sound == sound
        assert any("other decisions, from inference" in line for line in result.lines)


def test_a_labelled_stream_is_judged(model: Path, sound: Path, tmp_path: Path) -> None:
    events = [*WORDS[:2], (5.0, 5.6, "high"), (7.2, 7.7, "high"), (8.5, 9.0, "low"), (9.1, 9.2, "dog")]
    track = write_track(tmp_path / "t.csv", events)
    result = streamed(StreamRequest(model, [sound], [track]))
    judged = result.judged
    assert judged is not None
    assert (judged.events, judged.detected, judged.false_alarms) == (5, 3, 1)
    assert judged.false_alarms_per_hour == pytest.approx(360)
    assert judged.miss_rate == pytest.approx(0.4)
    assert dict(judged.not_listened) == {"dog": 1}
    assert [point.threshold for point in judged.det] == sorted(point.threshold for point in judged.det)
    assert judged.det[-1].miss_rate == 1
    assert judged.det[0].false_alarms_per_hour > judged.det[-1].false_alarms_per_hour == 0


@pytest.mark.parametrize(
    ("limits", "reasons"),
    [
        ({"max_false_alarms_per_hour": 360.0, "max_miss_rate": 0.4}, ()),
        ({"max_false_alarms_per_hour": 359.0}, ("360.00 false alarms per hour, at most 359 are allowed",)),
        ({"max_miss_rate": 0.39}, ("40.0% missed, at most 39.0% are allowed",)),
    ],
)
def test_limits_of_the_rates_are_a_verdict(
    limits: dict[str, float], reasons: tuple[str, ...], model: Path, sound: Path, tmp_path: Path
) -> None:
    events = [*WORDS[:2], (5.0, 5.6, "high"), (7.2, 7.7, "high"), (8.5, 9.0, "low")]
    request = StreamRequest(model, [sound], [write_track(tmp_path / "t.csv", events)], on=["aot-host"], **limits)  # type: ignore[arg-type]
    result = stream(request, Silent())
    assert result.facts.reasons == reasons
    assert result.verdict == ("fail" if reasons else "pass")


def test_the_rule_is_saved_in_a_model_that_needs_no_options_any_more(model: Path, sound: Path, tmp_path: Path) -> None:
    choices = RuleChoices(stride_frames=2, average_over=3, threshold=0.6, refractory_s=0.5, waits_for_quiet=True, listen=["high"])
    first = streamed(StreamRequest(model, [sound], rule=choices, saved_model=tmp_path / "s.tflite"))
    assert contract_of_model(read_model(tmp_path / "s.tflite")).decision == first.rule
    second = streamed(StreamRequest(tmp_path / "s.tflite", [sound]))
    assert second.rule == first.rule
    assert second.decisions == first.decisions
    assert {one.label for one in first.decisions} == {"high"}


def test_labels_that_were_given_are_saved_with_the_rule(model: Path, sound: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("quiet\nbass\ntreble\n")
    request = StreamRequest(model, [sound], on=["aot-host"], labels=tmp_path / "labels.txt", saved_model=tmp_path / "s.tflite")
    assert streamed(request).classes == ("quiet", "bass", "treble")
    assert streamed(StreamRequest(tmp_path / "s.tflite", [sound], on=["aot-host"])).classes == ("quiet", "bass", "treble")


def test_another_average_keeps_the_threshold_of_the_mean(model: Path, sound: Path, tmp_path: Path) -> None:
    rule = RuleChoices(average_over=4, threshold=0.75)
    streamed(StreamRequest(model, [sound], rule=rule, saved_model=tmp_path / "s.tflite"))
    again = streamed(StreamRequest(tmp_path / "s.tflite", [sound], rule=RuleChoices(average_over=2)))
    assert {one.sum_threshold for one in again.rule.classes} == {2 * 192}


def test_the_folder_of_results_has_scores_a_picture_and_the_record(model: Path, sound: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    result = stream(StreamRequest(model, [sound], [write_track(tmp_path / "t.csv", WORDS)], output=output), Silent())
    assert sorted(path.name for path in output.iterdir()) == ["scores.csv", "scores.png", "stream.json"]
    assert json.loads((output / "stream.json").read_text()) == json.loads(result.to_json())
    assert (output / "scores.png").read_bytes().startswith(b"\x89PNG")
    rows = rows_of(output / "scores.csv")
    assert len(rows) == result.facts.sounds[0].inferences
    decided = [(float(row["time_s"]), row["decided"]) for row in rows if row["decided"]]
    assert decided == [(pytest.approx(one.time_s, abs=1e-4), one.label) for one in result.facts.decisions]
    assert read_model(model).inputs[0].elements == BANDS * FRAMES
