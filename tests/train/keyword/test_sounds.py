"""What a folder of words may hold, and what is said about the rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.train.keyword.features import VARIANTS, FeatureStore
from mcu_toolkit.train.keyword.options import SILENCE, UNKNOWN, KeywordOptions, epochs_for
from mcu_toolkit.train.keyword.sounds import CLIPPED, SILENT, read_words
from tests.spoken_words import speak_folder, spoken_word
from tests.wav_files import write_wav


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return speak_folder(tmp_path / "words", takes=1, speakers=("anna", "bert", "cleo"))


def test_classes_speakers_and_the_front_end_of_the_rate(folder: Path) -> None:
    words = read_words(KeywordOptions(folder))
    assert words.classes == ("aiu", "iae", "uea")
    assert {one.group for one in words.recordings} == {"anna", "bert", "cleo"}
    assert words.frontend.sample_rate_hz == 8000
    assert words.remarks == {}


def test_other_forms_are_read_and_counted(folder: Path) -> None:
    word = spoken_word("aiu", "anna", 5, 48_000)
    write_wav(folder / "aiu" / "anna_s.wav", np.stack([word, word], axis=1), 48_000, "i3")
    write_wav(folder / "aiu" / "anna_c.wav", 40 * spoken_word("aiu", "anna", 6), 8000)
    write_wav(folder / "aiu" / "anna_z.wav", np.zeros(4000), 8000)
    words = read_words(KeywordOptions(folder))
    assert words.remarks[CLIPPED] == ("aiu/anna_c.wav",)
    assert words.remarks[SILENT] == ("aiu/anna_z.wav",)
    assert words.remarks["2 channels mixed down"] == ("aiu/anna_s.wav",)
    assert len(words.remarks["resampled from 48,000 to 8,000 Hz"]) == 1
    mixed = next(one for one in words.recordings if one.name.endswith("anna_s.wav"))
    assert words.sound(mixed).rate_hz == 8000


def test_damaged_files_are_named_one_by_one_or_skipped(folder: Path) -> None:
    whole = (folder / "uea" / "anna_0.wav").read_bytes()
    (folder / "uea" / "bert_cut.wav").write_bytes(whole[:-50])
    (folder / "uea" / "bert_text.wav").write_text("hello")
    (folder / "uea" / "bert_empty.wav").write_bytes(b"")
    (folder / "uea" / "bert_song.mp3").write_bytes(b"ID3")
    write_wav(folder / "uea" / "bert_none.wav", np.zeros(0), 8000)
    with pytest.raises(InputError) as raised:
        read_words(KeywordOptions(folder))
    for name in (
        "cut.wav: is not a readable sound: it ends early",
        "text.wav",
        "empty.wav",
        "song.mp3: not a .wav file",
        "none.wav: it holds",
    ):
        assert f"uea/bert_{name}" in raised.value.what
    assert "5 of 14 files" in raised.value.what
    assert len(read_words(KeywordOptions(folder, skip_corrupt=True)).skipped) == 5


def test_one_class_is_refused(tmp_path: Path) -> None:
    write_wav(tmp_path / "words/yes/a_1.wav", np.zeros(100))
    (tmp_path / "words/_background_noise_").mkdir()
    with pytest.raises(InputError, match="one class only, 'yes'"):
        read_words(KeywordOptions(tmp_path / "words"))


def test_unknown_words_are_one_class_and_silence_is_another(folder: Path) -> None:
    options = KeywordOptions(folder, unknown=("iae", "uea"), silence=True)
    words = read_words(options)
    assert words.classes == (SILENCE, UNKNOWN, "aiu")
    assert {words.classes[one.label] for one in words.recordings} == {UNKNOWN, "aiu"}
    with pytest.raises(InputError, match="no class 'eia'"):
        read_words(KeywordOptions(folder, unknown=("eia",)))
    with pytest.raises(InputError, match="one class only"):
        read_words(KeywordOptions(folder, unknown=("aiu", "iae", "uea")))


def test_features_are_those_of_the_board_and_the_seed_decides_variants(folder: Path) -> None:
    options = KeywordOptions(folder)
    words = read_words(options)
    store, again = FeatureStore(words, options), FeatureStore(words, options)
    one = words.recordings[0]
    assert store.clean(one).shape == store.shape == (61, 32)
    assert store.varied(one).shape == (VARIANTS[1], 61, 32)
    assert np.array_equal(store.varied(one), again.varied(one))
    assert np.array_equal(store.varied(one)[0], store.clean(one))
    assert len({variant.tobytes() for variant in store.varied(one)}) == VARIANTS[1]


def test_no_stretch_of_background_noise_is_in_two_parts(folder: Path) -> None:
    write_wav(folder / "_background_noise_" / "fan.wav", np.linspace(-0.9, 0.9, 8000), 8000)
    options = KeywordOptions(folder, silence=True)
    store = FeatureStore(read_words(options), options)
    heard = [set(store.noises(part)[0].tolist()) for part in ("train", "validation", "test")]
    assert all(heard)
    assert len(heard[0] & heard[1]) <= 4  # neighbours of the border are the same number
    assert not heard[0] & heard[2]
    assert store.silence("test", 4).shape == (4, 61, 32)


def test_a_file_that_has_changed_is_named(folder: Path) -> None:
    words = read_words(KeywordOptions(folder))
    write_wav(folder / words.recordings[0].name, np.zeros(100), 8000)
    with pytest.raises(InputError, match="has changed since the training began"):
        words.sound(words.recordings[0])


def test_clips_too_short_for_the_networks_are_refused(folder: Path) -> None:
    options = KeywordOptions(folder, clip_ms=200)
    with pytest.raises(InputError, match="clips of 200 ms are 11 frames"):
        FeatureStore(read_words(options), options)


def test_a_large_folder_has_fewer_epochs_and_fewer_variants(folder: Path) -> None:
    assert [epochs_for(count) for count in (9, 1000, 2000, 100_000)] == [150, 150, 75, 30]
    options = KeywordOptions(folder)
    words = read_words(options)
    many = replace(words, recordings=tuple(replace(words.recordings[0], name=f"aiu/anna_{n}.wav") for n in range(3000)))
    assert [FeatureStore(one, options).variants for one in (words, many)] == [16, 8]
