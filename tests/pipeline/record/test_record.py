"""`mcu record`: what an emulated board's sensor plays arrives sample for sample; holes are counted and named."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.sound import read_sound
from mcu_toolkit.boards import load_board
from mcu_toolkit.device.board_sensor import BoardSensor, Measured
from mcu_toolkit.device.sensor import Recording, play, unplug
from mcu_toolkit.errors import DeviceError, InputError, McuError
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.record import RecordRequest, record, take
from mcu_toolkit.pipeline.record.placeholder import recorder_model
from mcu_toolkit.pipeline.workspace.progress import Silent
from tests.model_builder import ModelBuilder

RATE_HZ = 8000.0
SOUND = np.random.default_rng(0).integers(-32768, 32768, (20_000, 1)).astype(np.int16)


@pytest.fixture
def here(boards: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One folder for all tests of this file, so that the firmware is built once; each test has its own output."""
    folder = tmp_path_factory.getbasetemp() / "record"
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    return folder


def hear(numbers: np.ndarray, kind: str = "microphone", rate_hz: float = RATE_HZ, scale: float = 1 / 32768) -> None:
    play(load_board("host"), Recording(kind, numbers, rate_hz, scale), in_real_time=False)


def test_sound_arrives_sample_for_sample_in_numbered_files(here: Path, tmp_path: Path) -> None:
    hear(SOUND)
    request = RecordRequest("yes", "host", output=tmp_path, seconds=0.5, count=2, pause_s=0.25)
    result = record(request, Silent())
    assert result.verdict == "pass"
    assert [one.file.name for one in result.facts.recordings] == ["yes-00001.wav", "yes-00002.wav"]
    first, second = (read_sound(tmp_path / "yes" / name) for name in ("yes-00001.wav", "yes-00002.wav"))
    assert first.rate_hz == 8000
    assert np.array_equal(first.samples, SOUND[:4000, 0])
    assert np.array_equal(second.samples, SOUND[6000:10_000, 0]), "a quarter of a second later"
    again = record(request, Silent()).facts
    assert [one.file.name for one in again.recordings] == ["yes-00003.wav", "yes-00004.wav"]
    assert np.array_equal(read_sound(tmp_path / "yes/yes-00001.wav").samples, first.samples), "nothing was replaced"


def test_axes_are_columns_in_their_unit(here: Path, tmp_path: Path) -> None:
    numbers = np.random.default_rng(1).integers(-8192, 8192, (300, 3)).astype(np.int16)
    hear(numbers, "accelerometer", 100.0, 1 / 8192)
    result = record(RecordRequest("walk", "host", "accelerometer", tmp_path, seconds=1.5), Silent()).facts
    with (tmp_path / "walk/walk-00001.csv").open(newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["time_s", "x", "y", "z"]
    assert [float(row[0]) for row in rows] == pytest.approx([number / 100 for number in range(150)])
    assert np.allclose(np.array([row[1:] for row in rows], float), numbers[:150] / 8192, atol=1e-7)
    assert (result.channels, result.rate_hz) == (3, 100.0)


def test_a_recording_that_ends_early_is_kept_and_said(here: Path, tmp_path: Path) -> None:
    hear(SOUND[:6000])
    result = record(RecordRequest("no", "host", output=tmp_path, seconds=0.5, count=9, pause_s=0), Silent())
    assert result.facts.ended
    assert [one.samples for one in result.facts.recordings] == [4000, 2000]
    assert any("what its sensor plays is over" in line for line in result.lines)


def test_a_board_without_a_recording_says_what_to_do(here: Path, tmp_path: Path) -> None:
    unplug(load_board("host"))
    with pytest.raises(McuError):
        record(RecordRequest("no", "host", output=tmp_path), Silent())
    assert not list(tmp_path.iterdir())


def test_lost_samples_are_counted_named_and_a_no(here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hear(SOUND)
    honest, reads = BoardSensor.read, [0]

    def lossy(self: BoardSensor) -> tuple[Measured, ...]:
        first, *others = honest(self)
        reads[0] += 1
        return (Measured(first.numbers, 7 if reads[0] == 2 else 0, first.ended), *others)

    monkeypatch.setattr(BoardSensor, "read", lossy)
    result = record(RecordRequest("yes", "host", output=tmp_path, seconds=0.5), Silent())
    assert result.verdict == "fail"
    [one] = result.facts.recordings
    assert (result.facts.lost, one.lost, len(one.holes)) == (7, 7, 1)
    assert 0 < one.holes[0].from_s < one.holes[0].to_s <= 0.5
    assert any(line.startswith("  7 samples lost between ") for line in result.lines)
    reads[0] = 0
    hear(np.zeros((9000, 3), np.int16), "accelerometer", 100.0, 1.0)
    walk = record(RecordRequest("walk", "host", "accelerometer", tmp_path, seconds=30), Silent()).facts
    times_s = np.loadtxt(tmp_path / "walk/walk-00001.csv", delimiter=",", skiprows=1)[:, 0]
    steps = np.rint(np.diff(times_s) * 100)
    assert (steps.max(), (steps > 1).sum(), walk.lost) == (8, 1, 7), "the time stamps have the gap"


def test_what_was_whole_stays_when_it_is_interrupted(here: Path, tmp_path: Path) -> None:
    class Impatient(Silent):
        def stage(self, title: str) -> None:
            if title.endswith(", 2 of 3"):
                raise KeyboardInterrupt

    hear(SOUND)
    result = record(RecordRequest("yes", "host", output=tmp_path, seconds=0.25, count=3), Impatient())
    assert result.interrupted
    assert [path.name for path in (tmp_path / "yes").iterdir()] == ["yes-00001.wav"]


def test_an_emulated_sensor_that_plays_nothing_is_said_with_what_to_do(here: Path, tmp_path: Path) -> None:
    unplug(load_board("host"))
    with pytest.raises(DeviceError, match="the sensor does not answer") as caught:
        record(RecordRequest("yes", "host", output=tmp_path, seconds=0.5), Silent())
    assert "mcu boards play BOARD FILE.wav" in str(caught.value)
    assert not list(tmp_path.rglob("*.wav"))


def test_a_sensor_of_another_kind_is_refused(here: Path, tmp_path: Path) -> None:
    hear(SOUND)
    with pytest.raises(InputError, match="a sensor of the kind microphone"):
        record(RecordRequest("walk", "host", "accelerometer", tmp_path), Silent())


def test_a_sensor_that_gives_nothing_is_given_up(here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hear(SOUND)
    monkeypatch.setattr(take, "_SILENT_S", 0.05)
    monkeypatch.setattr(BoardSensor, "read", lambda self: (Measured(np.zeros((0, 1), np.int16), 0, False),))
    with pytest.raises(DeviceError, match="gave nothing for"):
        record(RecordRequest("yes", "host", output=tmp_path), Silent())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"label": "../up"}, "cannot be the name of a folder"),
        ({"label": "a/b"}, "cannot be the name of a folder"),
        ({"label": ".hidden"}, "cannot be the name of a folder"),
        ({"label": ""}, "cannot be the name of a folder"),
        ({"label": "x", "sensor": "nose"}, "unknown kind of sensor 'nose'"),
        ({"label": "x", "seconds": 0.0}, "--seconds 0"),
        ({"label": "x", "seconds": float("nan")}, "--seconds nan"),
        ({"label": "x", "count": 0}, "--count 0"),
        ({"label": "x", "pause_s": -1.0}, "--pause -1"),
        ({"label": "x", "board": "nosuch"}, "unknown board 'nosuch'"),
        ({"label": "x", "board": "disco_f746ng"}, "the board has no microphone that the toolkit knows"),
    ],
)
def test_what_cannot_be_recorded_is_refused(options: dict[str, object], message: str, here: Path, tmp_path: Path) -> None:
    given = {"board": "host", "output": tmp_path, "port": None, **options}
    with pytest.raises(McuError) as caught:
        record(RecordRequest(**given), Silent())  # type: ignore[arg-type]
    assert message in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_the_placeholder_is_the_model_that_it_says() -> None:
    builder = ModelBuilder("main")
    x, y = (builder.tensor([1, 1], "int8", 1.0, 0, name=name) for name in "xy")
    builder.op("RELU", [x], [y])
    assert recorder_model() == parse_model(builder.build([x], [y], description=""), "recorder")


@pytest.mark.slow
def test_an_emulated_microcontroller_records_too(boards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    board = load_board("netduinoplus2")
    play(board, Recording("microphone", SOUND, RATE_HZ, 1 / 32768), in_real_time=False)
    record(RecordRequest("yes", board.id, output=tmp_path / "r", seconds=0.5), Silent())
    assert np.array_equal(read_sound(tmp_path / "r/yes/yes-00001.wav").samples, SOUND[:4000, 0])
