"""`mcu monitor --sensor`: what a board hears is decided as the same sound from a file is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.device.sensor import Recording, play
from mcu_toolkit.errors import InputError
from mcu_toolkit.pipeline.stream import RuleChoices, StreamRequest, stream
from mcu_toolkit.pipeline.stream.live import ListenRequest, listen
from mcu_toolkit.pipeline.workspace.progress import Silent
from tests.pipeline.stream.moves import MOTION, motion_model, shaken, write_motion
from tests.pipeline.stream.tones import RATE_HZ, stateful_model, tone_model, tones, write_wav

WORDS = [(1.0, 1.5, "low"), (3.0, 3.5, "high")]


@pytest.fixture
def here(boards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def hear(samples: np.ndarray, rate_hz: float = RATE_HZ) -> None:
    play(load_board("host"), Recording("microphone", samples[:, None], rate_hz, 1 / 32768), in_real_time=False)


@pytest.mark.parametrize("content", [tone_model(), pytest.param(stateful_model(), marks=pytest.mark.slow)], ids=["window", "state"])
def test_a_board_that_hears_decides_what_the_file_decides(content: bytes, here: Path) -> None:
    model = here / "m.tflite"
    model.write_bytes(content)
    sound = tones(WORDS, 4.5)
    expected = stream(StreamRequest(model, [write_wav(here / "s.wav", sound)]), Silent()).facts
    hear(sound)
    shown: list[str] = []
    result = listen(ListenRequest("host", "microphone", model), Silent(), shown.append).facts
    assert (result.samples, result.lost) == (len(sound), 0)
    assert result.inferences == expected.sounds[0].inferences
    assert result.decisions == expected.decisions
    assert sum("decided: " in line for line in shown) == len(expected.decisions)
    assert sum(" dB" in line or "silent" in line for line in shown) >= 15, "four lines a second"


def test_without_a_model_the_signal_is_shown(here: Path) -> None:
    hear(tones(WORDS, 2.0))
    shown: list[str] = []
    result = listen(ListenRequest("host", "microphone", seconds=1.5), Silent(), shown.append).facts
    assert 1.5 * RATE_HZ <= result.samples < 2 * RATE_HZ
    loud = [float(line.split("]")[1].split("dB")[0]) for line in shown if " dB" in line]
    assert max(loud) == pytest.approx(20 * np.log10(8000 / 32768), abs=0.2)


def test_a_microphone_of_another_rate_is_refused(here: Path) -> None:
    (here / "m.tflite").write_bytes(tone_model())
    hear(tones([], 1.0), rate_hz=16_000)
    with pytest.raises(InputError, match="its microphone has 16000 Hz"):
        listen(ListenRequest("host", "microphone", here / "m.tflite"), Silent(), print)


def move(numbers: np.ndarray) -> None:
    play(load_board("host"), Recording("accelerometer", numbers, MOTION.sample_rate_hz, 1 / 8192), in_real_time=False)


def test_a_model_of_sound_does_not_feel(here: Path) -> None:
    (here / "m.tflite").write_bytes(tone_model())
    move(np.zeros((500, 3), np.int16))
    with pytest.raises(InputError, match="takes sound, and the sensor measures something else"):
        listen(ListenRequest("host", "accelerometer", here / "m.tflite"), Silent(), print)


def test_what_a_board_feels_is_decided_as_the_table_is(here: Path) -> None:
    (here / "m.tflite").write_bytes(motion_model())
    numbers = shaken([(2.0, 4.0), (7.0, 9.0)], 12.0)
    table = write_motion(here / "m.csv", numbers / 8192)
    once = RuleChoices(waits_for_quiet=True)
    expected = stream(StreamRequest(here / "m.tflite", [table], rule=once, saved_model=here / "saved.tflite"), Silent()).facts
    move(numbers)
    result = listen(ListenRequest("host", "accelerometer", here / "saved.tflite"), Silent(), lambda _line: None).facts
    assert [one.label for one in expected.decisions] == ["shake", "shake"]
    assert result.decisions == expected.decisions
