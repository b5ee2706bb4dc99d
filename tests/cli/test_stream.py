"""`mcu stream`, `make-stream` and `record` from the command line: results, refusals, folders that cannot be written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import contract_of_model, with_contract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.model import parse_model
from mcu_toolkit.report.page.results import read_results
from tests.cli.in_process import assert_answered, mcu_here, succeed_here
from tests.cli.running import COMMAND, assert_refused, mcu, unprivileged
from tests.pipeline.stream.tones import SCALE, tone_model, tones, write_track, write_wav

WORDS = [(1.0, 1.5, "low"), (3.0, 3.4, "high")]


@pytest.fixture
def sound(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(here)
    Path("m.tflite").write_bytes(tone_model())
    write_track(Path("t.csv"), WORDS)
    return write_wav(here / "s.wav", tones(WORDS, 5.0))


STREAM = ("stream", "m.tflite", "--wav", "s.wav", "--truth", "t.csv", "--on", "aot-host")


def test_the_json_alone_is_on_standard_output(sound: Path) -> None:
    outcome = mcu_here(*STREAM, "--json", "-")
    assert outcome.exit_code == 0, outcome.stderr
    result = json.loads(outcome.stdout)
    assert [one["label"] for one in result["decisions"]] == ["low", "high"]
    assert all({"time_s", "label", "score"} <= one.keys() for one in result["decisions"])
    assert len(result["scores"]) == result["sounds"][0]["inferences"]
    assert result["judged"]["miss_rate"] == 0
    assert "judged: 0 of 2 missed (0.0%), 0 false alarms in 0.001 h" in outcome.stderr


def test_its_result_is_a_page(sound: Path) -> None:
    succeed_here(*STREAM, "-o", "out")
    [run] = read_results([Path("out/stream.json")])
    assert run.kind == "stream"
    assert run.stream is not None
    assert run.stream.judged is not None
    page = succeed_here("report", "out/stream.json", "--format", "md").stdout
    assert "What other thresholds would have done" in page
    assert "| low | 1 | 1 | 0.00 % | 0 |" in page
    succeed_here("report", "out/stream.json", "-o", "r.html", "--static")
    assert "Detection error trade-off (DET)" in Path("r.html").read_text()


def test_a_damaged_sound_ends_with_2_and_an_error_in_json(sound: Path) -> None:
    Path("s.wav").write_bytes(sound.read_bytes()[:-1000])
    outcome = mcu_here(*STREAM, "-o", "out", "--json", "e.json")
    assert outcome.exit_code == 2
    error = json.loads(Path("e.json").read_text())
    assert (error["verdict"], error["on"]) == ("error", "s.wav")
    assert "it ends early" in error["message"]
    assert not Path("out").exists()


@pytest.mark.parametrize("words", [(*STREAM, "-o", "locked"), ("make-stream", "clips", "--hours", "0.01", "-o", "locked/s.wav")])
def test_a_folder_that_may_not_be_written(words: tuple[str, ...], sound: Path) -> None:
    write_wav(_made("clips/low") / "a.wav", np.ones(100, np.int16))
    Path("locked").mkdir(mode=0o555)
    outcome = mcu(*words, prefix=unprivileged())
    assert outcome.exit_code == 2
    assert "cannot be written" in outcome.stderr
    assert not list(Path("locked").iterdir())


def _made(name: str) -> Path:
    Path(name).mkdir(parents=True)
    return Path(name)


LIMITED = ("sh", "-c", 'ulimit -f 8; exec "$@"', "sh")


def test_a_file_that_does_not_fit_leaves_nothing_behind(sound: Path) -> None:
    write_wav(_made("clips/low") / "a.wav", np.ones(100, np.int16))
    outcome = mcu("make-stream", "clips", "--hours", "0.01", "-o", "s2.wav", prefix=LIMITED)
    assert_refused(outcome, 3, "error: s2.wav: cannot be written: File too large\n  try: free space or choose another folder")
    assert sorted(path.name for path in Path().iterdir()) == ["clips", "m.tflite", "s.wav", "t.csv"]
    assert COMMAND


def test_names_of_others_are_harmless_to_look_at(sound: Path) -> None:
    """A model's labels and a track's may hold escape sequences."""
    nasty = "\x1b[31mlow\n"
    content = tone_model()
    named = Preprocessing("uint16", scale=(SCALE,), labels=("silence", nasty, "high"))
    contract = replace(contract_of_model(parse_model(content, "m")), preprocessing=named)
    Path("m.tflite").write_bytes(with_contract(content, contract))
    Path("t.csv").write_text("start,end,label\n1,1.5,high\n2,2.5,\x1b[2J\n")
    outcome = mcu_here(*STREAM, "-o", "out")
    assert_answered(outcome)
    assert "\x1b" not in outcome.stdout + outcome.stderr
    assert_answered(mcu_here("report", "out/stream.json", "--format", "md"))


def test_the_result_is_never_written_over_the_sound(sound: Path) -> None:
    before = sound.read_bytes()
    assert mcu_here(*STREAM, "--json", "s.wav").exit_code == 2
    assert sound.read_bytes() == before


@pytest.mark.parametrize("name", ["m.tflite", "s.wav"])
def test_the_copy_with_the_rule_never_replaces_what_was_read(name: str, sound: Path) -> None:
    before = Path(name).read_bytes()
    outcome = mcu_here(*STREAM, "--save-rule", name)
    assert outcome.exit_code == 2
    assert "would be overwritten" in outcome.stderr
    assert Path(name).read_bytes() == before


def test_the_model_of_a_project_is_not_replaced_by_its_copy_with_the_rule(sound: Path) -> None:
    succeed_here("generate", "m.tflite", "-b", "host", "-o", "p")
    [copy] = Path("p").rglob("*.tflite")
    before = copy.read_bytes()
    outcome = mcu_here("stream", "p", "--wav", "s.wav", "--on", "aot-host", "--save-rule", str(copy))
    assert outcome.exit_code == 2
    assert "would be overwritten" in outcome.stderr
    assert copy.read_bytes() == before


def test_record_refuses_what_is_no_kind_of_sensor(sound: Path) -> None:
    outcome = mcu_here("record", "--label", "x", "--sensor", "nose", "-b", "host", "--json", "e.json")
    assert outcome.exit_code == 2
    assert json.loads(Path("e.json").read_text())["message"] == "unknown kind of sensor 'nose'"
