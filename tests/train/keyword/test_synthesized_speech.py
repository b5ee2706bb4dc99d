"""English words that espeak-ng speaks in several voices: each voice is left out once, and understood nevertheless."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.train.keyword.folds import trained_folds
from mcu_toolkit.train.keyword.keyword import open_store
from mcu_toolkit.train.keyword.options import KeywordOptions
from mcu_toolkit.train.phases import Reporting

ESPEAK = shutil.which("espeak-ng")
WORDS = ("yes", "no", "seven")
VOICES = ("m1", "m3", "m7", "f2", "f4")
"""Variants of one English voice, with pitches and formants of their own."""
PACES = (130, 150, 170, 190)
"""Words a minute."""


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    if ESPEAK is None:
        pytest.skip("espeak-ng is not installed")
    for word in WORDS:
        (tmp_path / "words" / word).mkdir(parents=True)
        for voice in VOICES:
            for pace in PACES:
                path = tmp_path / "words" / word / f"{voice}_{pace}.wav"
                subprocess.run([ESPEAK, "-v", f"en+{voice}", "-s", str(pace), "-w", str(path), word], check=True, timeout=60)
    return tmp_path / "words"


@pytest.mark.nightly
def test_a_voice_that_was_never_heard_is_understood(spoken: Path, tmp_path: Path) -> None:
    silent = Reporting(lambda _: None, lambda _: None, lambda *_: None)
    options = KeywordOptions(spoken, epochs=8)
    store = open_store(options, silent)
    assert store.words.frontend.sample_rate_hz == 16_000  # espeak-ng writes 22,050 Hz
    assert set(store.words.remarks) == {"resampled from 22,050 to 16,000 Hz"}
    found = [fold.held_out for fold in trained_folds(store, options, silent, tmp_path)]
    assert [one.speaker for one in found] == sorted(VOICES)
    assert all(one.recordings == len(WORDS) * len(PACES) for one in found)
    assert np.mean([one.accuracy for one in found]) > 0.75  # a third by chance
