"""`mcu make-stream`: the same seed makes the same bytes, the track says what is heard, and no clip is cut."""

from __future__ import annotations

import errno
import itertools
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.label_track import read_label_track
from mcu_toolkit.artifacts.sound import read_sound
from mcu_toolkit.errors import InputError, ToolError
from mcu_toolkit.pipeline.stream import make
from mcu_toolkit.pipeline.stream.make import MakeStreamRequest, make_stream
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.system import files
from mcu_toolkit.system.files import sha256_hex
from mcu_toolkit.train.sensors.recordings import Recording, assigned, render_split
from tests.pipeline.stream.tones import RATE_HZ, write_wav

LEVELS = {"low": 9000, "high": -12000}


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """Words that are constant levels, so that they can be found again."""
    for word, level in LEVELS.items():
        (tmp_path / "clips" / word).mkdir(parents=True)
        for number in range(3):
            write_wav(tmp_path / "clips" / word / f"{number}.wav", np.full(2000 + 500 * number, level, np.int16))
    return tmp_path / "clips"


def made(request: MakeStreamRequest) -> tuple[np.ndarray, list[tuple[float, float, str]]]:
    facts = make_stream(request, Silent()).facts
    events = read_label_track(facts.track, facts.duration_s)
    return read_sound(facts.sound).samples, [(one.start_s, one.end_s, one.label) for one in events]


def test_the_track_says_where_each_word_is_whole(clips: Path, tmp_path: Path) -> None:
    samples, events = made(MakeStreamRequest(clips, tmp_path / "s.wav", hours=60 / 3600, noise_db=-80))
    assert len(samples) == 60 * RATE_HZ
    assert len(events) > 10
    heard = np.abs(samples.astype(int)) > 4000
    for start_s, end_s, label in events:
        start, end = round(start_s * RATE_HZ), round(end_s * RATE_HZ)
        assert end - start in (2000, 2500, 3000)
        assert np.abs(samples[start:end] - LEVELS[label]).max() < 50
        heard[start:end] = False
    assert not heard.any(), "nothing is heard that is not in the track"
    gaps = [after[0] - before[1] for before, after in itertools.pairwise(events)]
    assert min(gaps) >= 1
    assert max(gaps) <= 5.02


def test_the_seed_alone_decides(clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = MakeStreamRequest(clips, tmp_path / "a.wav", hours=25 / 3600, seed=3)
    made(request)
    made(replace(request, output=tmp_path / "b.wav"))
    made(replace(request, output=tmp_path / "c.wav", seed=4))
    monkeypatch.setattr(make, "_PIECE_S", 1)
    made(replace(request, output=tmp_path / "d.wav"))
    a, b, c, d = ((tmp_path / f"{name}.wav").read_bytes() for name in "abcd")
    assert a == b == d, "also where clips go over from one piece to the next"
    assert a != c
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_background_has_the_level_that_is_asked_for(clips: Path, tmp_path: Path) -> None:
    (clips / "_background_noise_").mkdir()
    write_wav(clips / "_background_noise_" / "hum.wav", (1000 * np.sin(np.arange(8000))).astype(np.int16))
    for noise_db in (-30.0, -60.0):
        samples, events = made(MakeStreamRequest(clips, tmp_path / "s.wav", hours=20 / 3600, noise_db=noise_db))
        quiet = samples[: round(events[0][0] * RATE_HZ)].astype(float)
        assert 20 * np.log10(np.sqrt(np.mean(quiet**2)) / 32768) == pytest.approx(noise_db, abs=0.5)


def test_background_from_another_folder_takes_the_place_of_that_of_the_clips(clips: Path, tmp_path: Path) -> None:
    for folder, level in ((clips / "_background_noise_", 1000), (tmp_path / "kitchen", -1000)):
        folder.mkdir()
        write_wav(folder / "steady.wav", np.full(8000, level, np.int16))
    samples, events = made(MakeStreamRequest(clips, tmp_path / "s.wav", hours=20 / 3600, background=tmp_path / "kitchen"))
    assert (samples[: round(events[0][0] * RATE_HZ)] < 0).all()
    with pytest.raises(InputError, match="holds no WAV files"):
        made(MakeStreamRequest(clips, tmp_path / "s.wav", background=clips))


def split_of(clips: Path) -> Path:
    """As `mcu train keyword --unknown low` writes it: the first take of each word is the test's."""
    recordings = [
        Recording(f"{word}/{take}.wav", label, sha256_hex((clips / word / f"{take}.wav").read_bytes()), str(take))
        for label, word in enumerate(("low", "high"))
        for take in range(3)
    ]
    split = assigned(recordings, {"0": "test", "1": "validation", "2": "train"}, 0)
    text = render_split(split, ("_unknown_", "high"), (), grouped_by="speaker")
    (clips.parent / "split.json").write_text(text)
    return clips.parent / "split.json"


def test_only_what_a_training_kept_for_its_test_is_heard_and_called_as_the_model_calls_it(clips: Path, tmp_path: Path) -> None:
    request = MakeStreamRequest(clips, tmp_path / "s.wav", hours=60 / 3600, split=split_of(clips))
    result = make_stream(request, Silent())
    _, events = made(request)
    assert {label for _, _, label in events} == {"_unknown_", "high"} == set(result.facts.events)
    assert {round((end_s - start_s) * RATE_HZ) for start_s, end_s, _ in events} == {2000}, "the first takes alone"
    assert result.facts.clips == 2
    assert "of 2 clips" in result.lines[1]


def test_clips_that_are_not_those_of_the_split_are_named(clips: Path, tmp_path: Path) -> None:
    split = split_of(clips)
    request, whole = MakeStreamRequest(clips, tmp_path / "s.wav", split=split), split.read_text()
    write_wav(clips / "low" / "0.wav", np.full(2000, 1, np.int16))
    (clips / "high" / "0.wav").unlink()
    with pytest.raises(InputError) as caught:
        made(request)
    assert "2 clips are not those of" in caught.value.what
    assert "low/0.wav: has changed since the training" in caught.value.what
    assert "high/0.wav: is not there" in caught.value.what
    for content in (b"[]", b'{"schema_version": 1}', b"\xff"):
        split.write_bytes(content)
        with pytest.raises(InputError, match="is no split of recordings"):
            made(request)
    for name in ("../low/1.wav", "/etc/x.wav", "low"):
        split.write_text(whole.replace("low/0.wav", name))
        with pytest.raises(InputError, match="is no file in a sub-folder"):
            made(request)
    assert not (tmp_path / "s.wav").exists()


def test_every_clip_that_cannot_be_used_is_named_and_nothing_is_written(clips: Path, tmp_path: Path) -> None:
    (clips / "low" / "9.wav").write_bytes(b"RIFF....")
    (clips / "high" / "8.wav").write_bytes(b"")
    write_wav(clips / "high" / "7.wav", np.zeros(0, np.int16))
    with pytest.raises(InputError) as caught:
        made(MakeStreamRequest(clips, tmp_path / "out" / "s.wav", hours=0.01))
    for name in ("low/9.wav", "high/8.wav", "high/7.wav: holds no samples"):
        assert name in caught.value.what
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"output": Path("s.mp3")}, "is no WAV file"),
        ({"hours": 0.0}, "--hours 0"),
        ({"hours": float("nan")}, "--hours nan"),
        ({"gap_s": (3.0, 1.0)}, "gaps from 3 to 1 s"),
        ({"noise_db": 3.0}, "--noise-db 3"),
    ],
)
def test_what_cannot_be_made_is_refused(change: dict[str, object], message: str, clips: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        make_stream(replace(MakeStreamRequest(clips, tmp_path / "s.wav"), **change), Silent())


def test_more_than_a_wav_file_holds_is_refused_before_it_is_mixed(clips: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape("--hours 80 at 8,000 Hz is more than a WAV file holds")) as caught:
        make_stream(MakeStreamRequest(clips, tmp_path / "s.wav", hours=80.0), Silent())
    assert caught.value.expected == "at most 74.56"


def test_a_table_that_is_no_track_is_not_replaced(clips: Path, tmp_path: Path) -> None:
    request = MakeStreamRequest(clips, tmp_path / "s.wav", hours=10 / 3600)
    (tmp_path / "s.csv").write_text("time_s,x\n0,1\n")
    with pytest.raises(InputError, match="is there and is no label track"):
        made(request)
    assert (tmp_path / "s.csv").read_text() == "time_s,x\n0,1\n"
    assert not (tmp_path / "s.wav").exists()
    (tmp_path / "s.csv").write_text("start,end,label\n0,1,old\n")
    made(request)
    assert "old" not in (tmp_path / "s.csv").read_text()


def test_no_track_is_left_where_the_sound_cannot_be_put_in_place(clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, path: Path) -> None:
        if path.suffix == ".wav":
            raise OSError(errno.ENOSPC, "No space left on device")
        source.rename(path)

    monkeypatch.setattr(files, "_sync_and_rename", full)
    with pytest.raises(ToolError, match="No space left"):
        made(MakeStreamRequest(clips, tmp_path / "s.wav", hours=10 / 3600))
    assert [path.name for path in tmp_path.iterdir()] == ["clips"]


def test_clips_of_other_rates_and_forms_are_brought_into_one(clips: Path, tmp_path: Path) -> None:
    write_wav(clips / "low" / "0.wav", np.full(2 * 2500, LEVELS["low"], np.int16), rate_hz=2 * RATE_HZ)
    write_wav(clips / "low" / "1.wav", np.full((3000, 2), LEVELS["low"], np.int16), channels=2)
    samples, events = made(MakeStreamRequest(clips, tmp_path / "s.wav", hours=60 / 3600, noise_db=-80))
    assert {round((end_s - start_s) * RATE_HZ) for start_s, end_s, label in events if label == "low"} == {2500, 3000}
    for start_s, end_s, label in events:
        middle = samples[round(start_s * RATE_HZ) + 100 : round(end_s * RATE_HZ) - 100]
        assert np.abs(middle - LEVELS[label]).max() < 50


def test_a_folder_without_clips_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty" / "yes").mkdir(parents=True)
    with pytest.raises(InputError, match="holds no clips"):
        make_stream(MakeStreamRequest(tmp_path / "empty", tmp_path / "s.wav"), Silent())
