"""Augmentation keeps what a word is: shapes, ranges, the word itself when nothing is changed; the seed decides."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_toolkit.train.keyword.augmentation import augmented, background, clip_of, varied_clip

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
    assert (changed == 0).any(axis=(1, 2)).mean() > 0.5  # what is hidden
    assert np.array_equal(changed, augmented(x, np.random.default_rng(1), are_bands=True))


def test_another_microphone_colours_all_frames_alike() -> None:
    x = np.ones((40, 61, 32), np.float32)
    changed = augmented(x, np.random.default_rng(3), are_bands=True)
    for one in changed:
        bands = one[:, (one != 0).any(axis=0)]
        rows = bands[(bands != 0).all(axis=1)]
        assert np.ptp(rows, axis=0).max() < 1e-5
        assert np.ptp(rows[0]) > 0


def test_coefficients_are_not_moved_into_each_other() -> None:
    x = np.broadcast_to(np.arange(10, dtype=np.float32) * 1000, (30, 61, 10)).copy()
    changed = augmented(x, np.random.default_rng(1), are_bands=False)
    assert np.abs(np.where(changed == 0, x, changed) - x).max() < 2
    assert np.ptp((changed - x)[changed != 0].reshape(-1)) > 0
