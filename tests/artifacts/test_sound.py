"""WAV files: every form that people have becomes the same samples, what was done is said, and what is damaged is refused with words."""

from __future__ import annotations

import contextlib
import io
import re
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_toolkit.artifacts.sound import read_sound
from mcu_toolkit.artifacts.wav import parse_wav
from mcu_toolkit.errors import InputError
from tests.wav_files import wav_bytes, wav_of, write_wav

SIGNAL = np.random.default_rng(1).integers(-100, 100, 400) / 128
"""Multiples of 1/128: exact in every form."""


@pytest.mark.parametrize("form", ["u1", "i2", "i3", "i4", "f4", "f8"])
@pytest.mark.parametrize("extensible", [False, True])
def test_every_form_gives_the_same_samples(form: str, extensible: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav_bytes(SIGNAL, 8000, form, extensible=extensible))
    sound = read_sound(path)
    assert sound.samples.tolist() == (SIGNAL * 32768).astype(int).tolist()
    assert (sound.rate_hz, sound.clipped) == (8000, 0)
    assert bool(sound.changes) == (form != "i2")


def test_a_file_of_the_standard_library_is_read(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(3)
        file.setframerate(44_100)
        file.writeframes(b"\x00\x00\x80" + b"\xff\xff\x7f" + b"\x80\x01\x00")
    (tmp_path / "a.wav").write_bytes(stream.getvalue())
    assert read_sound(tmp_path / "a.wav").samples.tolist() == [-32768, 32767, 2]  # 384 / 256 is rounded to even


def test_channels_are_mixed_to_their_mean(tmp_path: Path) -> None:
    sound = read_sound(write_wav(tmp_path / "a.wav", np.array([[0.5, -0.25], [1.0, 1.0]])))
    assert sound.samples.tolist() == [4096, 32767]
    assert sound.changes == ("2 channels mixed down",)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 44_100, 48_000])
def test_a_tone_is_the_same_tone_at_another_rate(rate_hz: int, tmp_path: Path) -> None:
    time_s = np.arange(rate_hz) / rate_hz
    sound = read_sound(write_wav(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 440 * time_s), rate_hz), 16_000)
    expected = 0.5 * 32768 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    assert len(sound.samples) == 16_000
    assert np.abs(sound.samples - expected)[200:-200].max() < 0.01 * 16_384
    assert sound.changes == (f"resampled from {rate_hz:,} to 16,000 Hz",)


def test_what_is_above_half_of_the_new_rate_is_filtered_out(tmp_path: Path) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 15_000 * np.arange(48_000) / 48_000)
    sound = read_sound(write_wav(tmp_path / "a.wav", tone, 48_000), 16_000)
    assert np.abs(sound.samples[200:-200]).max() < 0.01 * 16_384


@pytest.mark.parametrize("form", ["u1", "i2", "i3", "f4"])
def test_clipped_recordings_are_named(form: str, tmp_path: Path) -> None:
    loud = np.clip(3 * np.sin(np.arange(1000) / 10), -1, 1)
    sound = read_sound(write_wav(tmp_path / "a.wav", loud, form=form))
    assert sound.clipped > 500
    assert "clipped" in sound.remarks[-1]


def test_a_single_peak_at_full_scale_is_not_clipped(tmp_path: Path) -> None:
    assert read_sound(write_wav(tmp_path / "a.wav", np.array([0, 1.0, 0, -1.0, -1.0, 0]))).clipped == 0


def test_a_file_written_into_a_pipe_has_all_that_follows(tmp_path: Path) -> None:
    content = bytearray(wav_bytes(SIGNAL))
    at = content.index(b"data") + 4
    content[at : at + 4] = b"\xff\xff\xff\xff"
    (tmp_path / "a.wav").write_bytes(bytes(content))
    assert len(read_sound(tmp_path / "a.wav").samples) == len(SIGNAL)


_WHOLE = wav_bytes(SIGNAL)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is no WAV file"),
        (b"hi\n", "it is no WAV file"),
        (b"RIFF____AVI " + _WHOLE[12:], "it is no WAV file"),
        (_WHOLE[:30], "it ends before the form"),
        (_WHOLE[:40], "it ends before its samples"),
        (_WHOLE[:-100], "it ends early: 800 bytes of samples are announced, 700 are there"),
        (_WHOLE[:12] + _WHOLE[_WHOLE.index(b"data") :], "its samples come before their form"),
        (wav_of(b"\0" * 7, 1, 16_000, 16), "no multiple of 2"),
        (wav_of(b"\0" * 8, 1, 16_000, 4), "the format 1 with 4 bits"),
        (wav_of(b"\0" * 8, 1, 16_000, 16, 2), "the format 2 with 16 bits"),
        (wav_of(b"\0" * 8, 0, 16_000, 16), "0 channels"),
        (wav_of(b"\0" * 8, 1, 3, 16), "3 samples a second"),
        (wav_of(np.array([0, np.nan], "<f4").tobytes(), 1, 16_000, 32, 3), "no finite numbers"),
    ],
)
def test_what_is_no_intact_file_is_refused_by_name(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(words)) as raised:
        read_sound(path)
    assert raised.value.on == str(path)


def test_a_sound_that_would_fill_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_wav(tmp_path / "a.wav", SIGNAL, 16_000)
    monkeypatch.setenv("MCU_MAX_DATA_BYTES", "9000")
    with pytest.raises(InputError, match="the decoded sound takes"):
        read_sound(path)
    monkeypatch.setenv("MCU_MAX_DATA_BYTES", "20000")
    with pytest.raises(InputError, match="the resampled sound takes"):
        read_sound(path, 192_000)


@settings(deadline=None, derandomize=True)
@given(st.integers(0, len(_WHOLE)), st.lists(st.tuples(st.integers(0, 70), st.integers(0, 255)), max_size=6))
def test_damaged_files_are_read_or_refused_and_never_crash(length: int, changes: list[tuple[int, int]]) -> None:
    content = bytearray(_WHOLE)
    for at, value in changes:
        content[at] = value
    with contextlib.suppress(ValueError):
        found = parse_wav(bytes(content[:length]))
        assert found.values().shape == (found.frames, found.form.channels)
