"""Sounds in pieces: sample for sample what the reader of whole files gives, in every form and at every rate."""

from __future__ import annotations

import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.sound import read_sound
from mcu_toolkit.artifacts.sound_stream import look_at_sound, pieces_of
from mcu_toolkit.errors import InputError
from tests.wav_files import wav_of, write_wav

NOISE = np.random.default_rng(0).uniform(-1, 1, (6001, 2))


@pytest.mark.parametrize("form", ["u1", "i2", "i3", "i4", "f4", "f8"])
@pytest.mark.parametrize("channels", [1, 2])
def test_pieces_of_every_form_are_the_whole(form: str, channels: int, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", NOISE[:, :channels], 8000, form)
    sound = look_at_sound(path)
    assert (sound.rate_hz, sound.samples) == (8000, len(NOISE))
    whole = read_sound(path)
    assert np.array_equal(np.concatenate(list(pieces_of(sound, 0.1, 8000))), whole.samples)
    assert sound.changes_for(8000) == whole.changes


@pytest.mark.parametrize(("from_hz", "to_hz"), [(8000, 16_000), (44_100, 16_000), (48_000, 16_000), (16_000, 8000), (22_050, 16_000)])
@pytest.mark.parametrize("piece_s", [0.005, 0.03, 0.1, 5.0])
def test_pieces_of_another_rate_are_the_whole_resampled(from_hz: int, to_hz: int, piece_s: float, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", NOISE[:, 0], from_hz)
    sound = look_at_sound(path)
    whole = read_sound(path, to_hz)
    assert np.array_equal(np.concatenate(list(pieces_of(sound, piece_s, to_hz))), whole.samples)
    assert sound.changes_for(to_hz) == whole.changes


def test_a_long_file_takes_the_memory_of_a_piece(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(wav_of(bytes(2 * 16_000 * 600), 1, 16_000, 16))
    tracemalloc.start()
    assert sum(len(piece) for piece in pieces_of(look_at_sound(path), 1, 16_000)) == 16_000 * 600
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most_bytes < 2_000_000, "of 19.2 MB"


def test_floats_that_are_no_numbers_are_named(tmp_path: Path) -> None:
    path = tmp_path / "nan.wav"
    path.write_bytes(wav_of(np.array([0.0, np.nan], "<f4").tobytes(), 1, 16_000, 32, 3))
    with pytest.raises(InputError, match=re.escape("it holds samples that are no finite numbers")):
        list(pieces_of(look_at_sound(path), 1, 16_000))


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEdata\x04\0\0\0\0\0\0\0"])
def test_what_is_no_sound_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(InputError, match="is not a readable sound"):
        look_at_sound(tmp_path / "a.wav")


@pytest.mark.parametrize("seed", range(30))
def test_damaged_files_are_read_or_refused(seed: int, tmp_path: Path) -> None:
    random = np.random.default_rng(seed)
    content = bytearray(write_wav(tmp_path / "a.wav", NOISE[:50], 8000, "i2").read_bytes())
    for _ in range(3):
        content[int(random.integers(60))] = int(random.integers(256))
    (tmp_path / "a.wav").write_bytes(content[: int(random.integers(len(content)))] if seed % 3 == 0 else content)
    try:
        list(pieces_of(look_at_sound(tmp_path / "a.wav"), 0.001, 8000))
    except InputError:
        return
