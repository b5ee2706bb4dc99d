"""Sounds for front ends: generated ones of every kind, and spoken digits where that data set is beside the checkout."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.system.resources import templates_dir

RATE_HZ = 16_000
DIGITS = templates_dir().parents[1] / "shared/data/spoken_digits"
Int16s = npt.NDArray[np.int16]


def generated(number: int, samples: int = RATE_HZ) -> Int16s:
    """Sound `number` of an endless series of different ones."""
    random = np.random.default_rng(number)
    time_s = np.arange(samples) / RATE_HZ
    level = 2.0 ** random.uniform(0, 15)
    tone = np.sin(2 * np.pi * random.uniform(20, 7900) * time_s)
    kinds = (
        lambda: level * tone,
        lambda: random.integers(-32768, 32768, samples) * (level / 32768),
        lambda: np.where(tone > 0, 32767, -32768),  # clipped
        lambda: np.zeros(samples),
        lambda: np.where(np.arange(samples) % random.integers(40, 4000) == 0, -32768, random.integers(-2, 3, samples)),
        lambda: level * tone * (np.sin(2 * np.pi * random.uniform(1, 9) * time_s) > 0),  # bursts
        lambda: _vowels(random, time_s, level),
        lambda: np.full(samples, random.integers(-32768, 32768)),  # nothing but an offset
        lambda: np.where(np.arange(samples) % 2 == 0, 32767, -32768),
        lambda: random.integers(-32768, 32768, samples) * np.linspace(0, 1, samples) ** 4,
    )
    return np.clip(kinds[number % len(kinds)](), -32768, 32767).astype(np.int16)


def _vowels(random: np.random.Generator, time_s: npt.NDArray[np.float64], level: float) -> npt.NDArray[np.float64]:
    """Harmonics of a gliding pitch under two formants, and silence between syllables."""
    pitch_hz = random.uniform(80, 250) * (1 + 0.2 * np.sin(2 * np.pi * 1.5 * time_s))
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    formants_hz = random.uniform([300, 900], [900, 2500])
    weights = [sum(np.exp(-(((n * pitch_hz - formant) / 200) ** 2)) for formant in formants_hz) for n in range(1, 30)]
    syllables = np.clip(np.sin(2 * np.pi * random.uniform(2, 5) * time_s), 0, None)
    voice = sum(weight * np.sin(n * phase) for n, weight in enumerate(weights, 1))
    return np.asarray(level / 2 * syllables * voice + random.normal(0, 20, len(time_s)))


def spoken() -> Iterator[Int16s]:
    """The spoken digits (8 kHz), every sample followed by the mean of it and the next one: 16 kHz."""
    for path in sorted(DIGITS.rglob("*.wav")):
        yield doubled(samples_of(path))


def samples_of(path: Path) -> Int16s:
    """The samples of a WAV file of 16 bits and one channel."""
    with wave.open(io.BytesIO(path.read_bytes())) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)


def doubled(samples: Int16s) -> Int16s:
    """Twice the rate, by linear interpolation."""
    wide = np.append(samples, samples[-1:]).astype(np.int32)
    return np.stack([wide[:-1], (wide[:-1] + wide[1:]) >> 1], axis=1).astype(np.int16).ravel()
