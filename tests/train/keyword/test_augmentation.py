"""Augmentation keeps what a word is: shapes, ranges, the word itself when nothing is changed; the seed decides."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_toolkit.train.keyword.augmentation import SPEEDS, augmented, background, clip_of, coloured, partly_hidden, varied_clip

WORD = (8000 * np.sin(np.arange(3000) / 5)).astype(np.int16)


def test_a_short_word_is_in_the_middle_of_silence() -> None:
    clip = clip_of(WORD.astype(float), 8000)
    assert np.array_equal(clip[2500:5500], WORD)
    assert not clip[:2500].any()
    assert not clip[5500:].any()


@pytest.mark.parametrize("shift", [-9000, -2600, -10, 0, 10, 2600, 9000])
def test_a_moved_word_keeps_its_length_and_may_leave_the_clip(shift: int) -> None:
    clip = clip_of(WORD.astype(float), 8000, shift)
    assert clip.shape == (8000,)
    inside = max(0, min(8000, 5500 + shift) - max(0, 2500 + shift))
    assert np.count_nonzero(clip) == pytest.approx(inside, abs=3)


def test_of_a_long_recording_the_loudest_part_is_taken() -> None:
    recording = np.concatenate([np.full(5000, 3), WORD, np.full(9000, 3)]).astype(float)
    assert np.abs(clip_of(recording, 3000)).sum() == pytest.approx(np.abs(WORD.astype(float)).sum(), rel=0.01)


def test_the_seed_decides_a_variant() -> None:
    first, second, other = (varied_clip(WORD, 8000, (), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
    assert first.dtype == np.int16


def test_background_noise_comes_from_the_recordings_that_are_there() -> None:
    tone = (1000 * np.sin(np.arange(500) / 3)).astype(np.int16)
    piece = background(2000, [tone], np.random.default_rng(0))
    assert np.sqrt(np.mean(piece**2)) == pytest.approx(1)
    assert np.unique(piece).size <= 500
    assert not background(100, [np.zeros(50, np.int16)], np.random.default_rng(0)).any()


def test_features_keep_their_shape_and_change_in_time_and_frequency() -> None:
    x = np.random.default_rng(0).normal(0, 1, (20, 61, 32)).astype(np.float32)
    changed = augmented(x, np.random.default_rng(1), are_bands=True)
    assert changed.shape == x.shape
    assert changed.dtype == np.float32
    assert not np.array_equal(changed, x)
    assert np.array_equal(changed, augmented(x, np.random.default_rng(1), are_bands=True))


def test_some_frames_and_bands_are_hidden_and_the_others_are_as_they_were() -> None:
    x = np.random.default_rng(0).normal(0, 1, (50, 61, 32)).astype(np.float32)
    changed = partly_hidden(x, np.random.default_rng(1)) != x
    frames, bands = changed.all(axis=2), changed.all(axis=1)
    assert np.array_equal(changed, frames[:, :, None] | bands[:, None])
    assert 0.7 < frames.any(axis=1).mean() < 1
    assert 0.5 < bands.any(axis=1).mean() < 1
    assert frames.mean(axis=1).max() < 0.2


def test_another_microphone_changes_bands_smoothly_and_each_one_differently() -> None:
    changed = coloured(40, 32, np.random.default_rng(3), are_bands=True)
    assert changed.shape == (40, 32)
    assert np.abs(np.diff(changed, axis=1)).max() < 0.5
    assert np.ptp(changed, axis=1).min() > 0.02


def test_coefficients_are_not_moved_into_each_other() -> None:
    x = np.broadcast_to(np.arange(10, dtype=np.float32) * 1000, (30, 61, 10)).copy()
    changed = augmented(x, np.random.default_rng(1), are_bands=False)
    as_before = np.abs(changed - x) < 2
    assert as_before.mean() > 0.7
    assert (as_before | (np.abs(changed - x.mean()) < 2)).all()  # the others are hidden
    assert np.ptp((changed - x)[as_before]) > 0


def test_another_speed_and_microphone_leave_a_word_as_long_as_speeds_allow() -> None:
    word = np.random.default_rng(0).normal(0, 3000, 4000).astype(np.int16)
    lengths = set()
    for seed in range(30):
        clip = np.abs(varied_clip(word, 16_000, [np.zeros(100, np.int16)], np.random.default_rng(seed)).astype(int))
        heard = np.flatnonzero(clip > 0.2 * clip.max())
        lengths.add(int(heard[-1] - heard[0]))
    assert 4000 / SPEEDS[1] * 0.8 < min(lengths) < 3800
    assert 4200 < max(lengths) < 4000 / SPEEDS[0] * 1.2
