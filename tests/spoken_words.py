"""Generated speech: words are sequences of vowels, every speaker has a pitch and a vocal tract; what `mcu train keyword` hears in tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from tests.wav_files import write_wav

RATE_HZ = 8000
FORMANTS_HZ = {"a": (750, 1200), "i": (280, 2300), "u": (320, 800), "e": (450, 1900)}
WORDS = {"aiu": "aiu", "uea": "uea", "iae": "iae"}
SPEAKERS = ("anna", "bert", "cleo", "dora")


def spoken_word(word: str, speaker: str, take: int, rate_hz: int = RATE_HZ) -> npt.NDArray[np.float64]:
    """Harmonics of the speaker's pitch under the formants of each vowel, half a second; every take is a little different."""
    random = np.random.default_rng([SPEAKERS.index(speaker), take, *word.encode()])
    count = int(rate_hz * random.uniform(0.4, 0.6))
    time_s = np.arange(count) / rate_hz
    number = SPEAKERS.index(speaker)
    pitch_hz, tract = (110 + 30 * number) * random.uniform(0.95, 1.05), 0.92 + 0.05 * number
    place = np.linspace(0, len(word) - 1, count)
    tracks = [np.interp(place, range(len(word)), [FORMANTS_HZ[vowel][formant] * tract for vowel in word]) for formant in range(2)]
    sound = np.zeros(count)
    for harmonic in range(1, int(0.45 * rate_hz / pitch_hz)):
        weight = sum(np.exp(-(((harmonic * pitch_hz - track) / 150) ** 2)) for track in tracks)
        sound += weight * np.sin(2 * np.pi * harmonic * pitch_hz * time_s)
    sound *= np.sin(np.pi * np.arange(count) / count) ** 0.5
    return np.asarray(random.uniform(0.1, 0.6) * sound / np.abs(sound).max() + random.normal(0, 0.002, count))


def speak_folder(folder: Path, *, takes: int, speakers: tuple[str, ...] = SPEAKERS, rate_hz: int = RATE_HZ) -> Path:
    """`takes` recordings of each word by each speaker below `folder`; returns it."""
    for word in WORDS:
        for speaker in speakers:
            for take in range(takes):
                write_wav(folder / word / f"{speaker}_{take}.wav", spoken_word(word, speaker, take, rate_hz), rate_hz)
    return folder
