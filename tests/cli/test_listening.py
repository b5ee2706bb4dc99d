"""Firmware that listens, as a user makes it: recordings for an emulated board, wake words by their manifests, the whole chain."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import contract_of_model
from mcu_toolkit.device.sensor import Recording, sensor_file
from mcu_toolkit.model import read_model
from mcu_toolkit.pipeline.record.files import write_table
from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import assert_refused
from tests.firmware.test_listener import decided, heard
from tests.frontend.sounds import generated
from tests.listening_models import listener, word_model

MANIFEST = {
    "type": "micro", "wake_word": "Hey you", "model": "hey.tflite", "version": 2,
    "micro": {"probability_cutoff": 0.25, "sliding_window_size": 4, "feature_step_size": 10},
}  # fmt: skip


def wav(path: Path, samples: np.ndarray, rate_hz: int = 16_000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate_hz, len(samples), "NONE", ""))
        file.writeframes(samples.tobytes())
    return path


def sound() -> np.ndarray:
    return np.concatenate([generated(number, 12_000) for number in (1, 2, 6, 9, 4)])


@pytest.fixture
def state(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MCU_STATE_DIR", str(here / "state"))
    return here / "state/netduinoplus2/mcu-sensor-recording"


def played(*words: object) -> dict[str, object]:
    succeed_here("boards", "play", "netduinoplus2", *words, "--json", "r.json")
    facts: dict[str, object] = json.loads(Path("r.json").read_text())
    return facts


def test_a_recording_waits_for_the_board(here: Path, state: Path) -> None:
    path = wav(here / "s.wav", sound())
    facts = played(path, "--at-once")
    assert (facts["kind"], facts["samples"], facts["in_real_time"], facts["restarted"]) == ("microphone", 60_000, False, False)
    assert state.read_bytes() == sensor_file(Recording("microphone", sound()[:, None], 16_000.0, 1 / 32768), 0)
    played(path)
    assert state.read_bytes() == sensor_file(Recording("microphone", sound()[:, None], 16_000.0, 1 / 32768), 168_000_000)
    played("--stop")
    assert not state.exists()


def test_accelerations_and_tones_are_recordings_too(here: Path, state: Path) -> None:
    (here / "walk.csv").write_text("x,y,z\n0.5,-1,0\n\n0.25,9,-9\n" + "0,0,0\n" * 6)
    facts = played("walk.csv", "--kind", "accelerometer", "--rate-hz", "104.5")
    assert (facts["channels"], facts["samples"], facts["rate_hz"]) == (3, 8, 104.5)
    stored = np.frombuffer(state.read_bytes()[20:], "<i2")
    assert stored.tolist() == [4096, -8192, 0, 2048, 32767, -32768] + [0] * 18
    assert played("--tone", "440", "--seconds", "0.5")["samples"] == 8000


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_the_time_of_a_recording_is_its_rate_and_no_axis(mark: str, here: Path, state: Path) -> None:
    """What `mcu record` writes, and spreadsheets with a mark in front of the first name."""
    numbers = np.arange(-30, 30).reshape(20, 3).astype(np.int16)
    write_table(here / "walk.csv", numbers, np.arange(20) / 62.5, 1 / 8192)
    (here / "walk.csv").write_text(mark + (here / "walk.csv").read_text(), encoding="utf-8")
    for words in ((), ("--rate-hz", "62")):
        facts = played("walk.csv", "--kind", "accelerometer", *words)
        assert (facts["channels"], facts["samples"], facts["rate_hz"]) == (3, 20, 62.5)
        assert np.array_equal(np.frombuffer(state.read_bytes()[20:], "<i2").reshape(-1, 3), numbers)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing to play, or several things"),
        (("s.wav", "--tone", "440"), "nothing to play, or several things"),
        (("absent.wav",), "absent.wav: sound not found"),
        (("walk.csv", "--kind", "analog"), "how many samples a second"),
        (("walk.csv", "--rate-hz", "10"), "a table of numbers as sound"),
        (("bad.csv", "--rate-hz", "10", "--kind", "analog"), "line 3 has 'x' where a number should be"),
        (("ragged.csv", "--rate-hz", "10", "--kind", "analog"), "line 3 has 1 cells, the first one 2"),
        (("bare.csv", "--rate-hz", "10", "--kind", "analog"), "its first line has numbers, not the names of its columns"),
        (("gap.csv", "--kind", "analog"), "line 10: a gap of 5"),
        (("timed.csv", "--kind", "analog", "--rate-hz", "2"), "has 1 readings a second by its time stamps"),
        (("s.wav", "--kind", "nose"), "unknown kind of sensor 'nose'"),
        (("s.txt",), "unknown kind of recording"),
        (("--tone", "9000"), "a tone of 9000 Hz"),
        (("--tone", "nan"), "a tone of nan Hz"),
        (("--tone", "440", "--seconds", "nan"), "a tone of 440 Hz for nan s"),
        (("--tone", "440", "--seconds", "inf"), "a tone of 440 Hz for inf s"),
        (("--tone", "440", "--rate-hz", "nan"), "a recording of nan samples a second"),
        (("--tone", "440", "--rate-hz", "inf"), "a recording of inf samples a second"),
        (("--tone", "440", "--rate-hz", "1e300"), "a recording of 1e+300 samples a second"),
        (("--tone", "440", "--rate-hz", "4e6", "--seconds", "36000"), "a tone of 440 Hz for 36000 s at 4e+06 samples"),
        (("walk.csv", "--rate-hz", "nan", "--kind", "analog"), "a recording of nan samples a second"),
        (("walk.csv", "--rate-hz", "inf", "--kind", "analog"), "a recording of inf samples a second"),
    ],
)
def test_what_cannot_be_played_is_named(words: tuple[str, ...], said: str, here: Path, state: Path) -> None:
    wav(here / "s.wav", sound()[:100])
    (here / "walk.csv").write_text("x,y\n" + "1,2\n" * 8)
    (here / "bare.csv").write_text("1,2\n" * 9)
    (here / "bad.csv").write_text("x,y\n1,2\n1,x\n")
    (here / "ragged.csv").write_text("x,y\n1,2\n1\n")
    (here / "timed.csv").write_text("time_s,x\n" + "".join(f"{number},0\n" for number in range(9)))
    (here / "gap.csv").write_text("time_s,x\n" + "".join(f"{number},0\n" for number in [*range(8), 12]))
    outcome = mcu_here("boards", "play", "netduinoplus2", *words, "--json", "e.json")
    assert outcome.exit_code == 2
    assert said in outcome.error
    assert json.loads(Path("e.json").read_text())["verdict"] == "error"
    assert not state.exists()


def test_a_real_board_hears_what_is_there(here: Path, state: Path) -> None:
    outcome = mcu_here("boards", "play", "nano33ble", "--tone", "440")
    assert_refused(outcome, 2, "error: nano33ble: is a real board: its sensor measures what is there\n  expected: an emulated board")


def word(here: Path) -> tuple[Path, Path]:
    (here / "hey.tflite").write_bytes(word_model())
    (here / "hey.json").write_text(json.dumps(MANIFEST))
    return here / "hey.tflite", here / "hey.json"


def test_a_wake_word_becomes_firmware_that_says_how_it_hears(here: Path) -> None:
    model, manifest = word(here)
    outcome = succeed_here("generate", model, "--manifest", manifest, "--app", "--like", "pymicro-wakeword", "-b", "host", "-o", "p")
    assert "hey: features become int8 as in pymicro-wakeword: int8 = round(feature * 0.0390625 / scale) - 128" in outcome.stderr
    assert '"Hey you"' in (here / "p/src/listener.c").read_text()
    outcome = mcu_here("generate", model, "--manifest", manifest, "--app", "--like", "siri", "-b", "host", "-o", "q")
    assert outcome.error.startswith("error: unknown style 'siri'\n")
    outcome = mcu_here("generate", model, model, "--manifest", manifest, "--app", "-b", "host", "-o", "q")
    assert outcome.error.startswith("error: 1 manifests for 2 models\n")
    outcome = mcu_here("generate", model, "--manifest", model, "--app", "-b", "host", "-o", "q")
    assert "is no manifest of a wake word" in outcome.error
    outcome = mcu_here("generate", model, "--app", "--example", "sound", "-b", "host", "-o", "q")
    assert "holds no front end" in outcome.error
    assert not Path("q").exists()


def test_a_manifest_is_written_for_a_model_that_can_have_one(here: Path) -> None:
    (here / "m.tflite").write_bytes(listener().content)
    outcome = succeed_here("manifest", "m.tflite", "--wake-word", "Hey", "-o", "m.json")
    assert "tensor_arena_size is a guess" in outcome.stdout
    assert json.loads(Path("m.json").read_text())["micro"]["sliding_window_size"] == 4
    outcome = mcu_here("manifest", word(here)[0], "--wake-word", "Hey", "-o", "n.json", "--json", "e.json")
    assert outcome.exit_code == 2
    assert "holds no front end or no decision rule" in outcome.error
    assert not Path("n.json").exists()


def heard_to_the_end(board: str) -> list[str]:
    """The lines of a board that starts and hears its recording: monitored for as long as it takes, however busy this machine is."""
    lines: list[str] = []
    for again in range(60):
        succeed_here("monitor", "-b", board, *(["--reset"] if again == 0 else []), "--seconds", "5", "--json", "m.json", "-q")
        lines += [item["text"] for item in json.loads(Path("m.json").read_text())["received"] if item["kind"] == "text"]
        if "app: the recording has ended" in lines:
            break
    return lines


@pytest.mark.slow
def test_the_chain_ends_with_a_board_that_listens_and_is_proven(here: Path) -> None:
    """An emulated Cortex-M4: the decisions of the host, on the image that verify passes."""
    model, manifest = word(here)
    outcome = succeed_here("deploy", model, "--manifest", manifest, "--app", "-b", "netduinoplus2", "-o", "out", "--random", "4")
    assert "verdict: pass" in outcome.stdout
    succeed_here("boards", "play", "netduinoplus2", wav(here / "s.wav", sound()), "--at-once")
    lines = heard_to_the_end("netduinoplus2")
    [kept] = (here / "out/firmware/models").glob("*.tflite")
    listening = read_model(kept)
    assert contract_of_model(listening).decision is not None
    assert "app: the recording has ended" in lines
    assert heard(lines, "Hey you") == decided(listening, sound())
    assert decided(listening, sound())
    assert any(line.startswith("app: load: front end ") and line.endswith(" of the core at one instruction a cycle") for line in lines)
    assert "verdict: pass" in succeed_here("verify", "out/firmware", "--random", "3").stdout
