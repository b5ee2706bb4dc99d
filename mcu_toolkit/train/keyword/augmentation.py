"""What a training does to sounds and their features, so that a model hears words and not speakers, rooms or microphones.

To sounds, once: speed (pitch and vocal tract with it), microphone, loudness, background noise, position.  To features, in every epoch: the
axes of time and frequency are stretched and moved, the bands are coloured as by another microphone, a stretch of time and some bands are
hidden (SpecAugment, Park et al. 2019).
"""

from __future__ import annotations

import importlib  # scipy.signal takes half a second to import
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.sound import rounded

SPEEDS = 0.8, 1.3
"""By how much a recording is played faster: so do vocal tracts of adults differ from each other and from a child's."""
_SPEED_STEPS = 20
"""Speeds are multiples of a part of so many, which keeps the filters that resample short."""
_LOUDNESS_DB = -18.0, 6.0
_NOISY_SHARE = 0.8
"""Of the variants: some rooms are quiet."""
_SIGNAL_TO_NOISE_DB = 5.0, 45.0
_SHIFT_SHARE = 0.1
"""Of a clip, to either side."""
_TIME_STRETCH, _BAND_STRETCH, _BAND_SHIFT = 0.15, 0.07, 0.7
_COLOUR, _COLOUR_WAVES = 0.3, 5
"""Of microphones and rooms: a smooth offset over the bands, cosines of so many frequencies, the first one loudness; in standard
deviations of all features."""
_MICROPHONE_DB, _MICROPHONE_WAVES, _MICROPHONE_TAPS = 4.0, 5, 512
"""A filter whose gain is a sum of cosines over the frequency, with so many coefficients."""
_HIDDEN_SHARE = 0.11
"""Of the frames, and of the bands, at most."""
Int16s = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float32]


def clip_of(samples: npt.NDArray[np.floating], length: int, shift: int = 0) -> npt.NDArray[np.float64]:
    """`length` samples: a shorter recording in the middle of silence, of a longer one the loudest part; then moved by `shift`."""
    sound = np.asarray(samples, np.float64)
    if len(sound) > length:
        energy = np.concatenate([[0.0], np.cumsum(sound**2)])
        start = int(np.argmax(energy[length:] - energy[:-length]))
        sound = sound[start : start + length]
    clip = np.zeros(length)
    start = (length - len(sound)) // 2 + shift
    source = sound[max(0, -start) : max(0, length - start)]
    clip[max(0, start) : max(0, start) + len(source)] = source
    return clip


def varied_clip(samples: Int16s, length: int, noises: Sequence[Int16s], generator: np.random.Generator) -> Int16s:
    """A clip of `samples` as another speaker in another room might have said it: int16 [length]."""
    signal = importlib.import_module("scipy.signal")
    faster = round(_SPEED_STEPS * float(np.exp(generator.uniform(*np.log(SPEEDS)))))
    sound = signal.resample_poly(samples.astype(np.float64), _SPEED_STEPS, faster)
    level = float(np.sqrt(np.mean(sound**2))) if len(sound) else 0.0
    sound = signal.fftconvolve(sound, _microphone(generator), "same") if len(sound) >= _MICROPHONE_TAPS else sound
    reach = int(_SHIFT_SHARE * length)
    clip = clip_of(sound, length, int(generator.integers(-reach, reach + 1)))
    if generator.random() < _NOISY_SHARE:
        clip += background(length, noises, generator) * level * 10 ** (-generator.uniform(*_SIGNAL_TO_NOISE_DB) / 20)
    return rounded(clip * 10 ** (generator.uniform(*_LOUDNESS_DB) / 20))


def _microphone(generator: np.random.Generator) -> npt.NDArray[np.float64]:
    """The impulse response of a microphone, symmetric, [_MICROPHONE_TAPS]."""
    frequency, waves = np.linspace(0, 1, _MICROPHONE_TAPS // 2 + 1), 1 + np.arange(_MICROPHONE_WAVES)
    gain_db = (generator.normal(0, _MICROPHONE_DB, _MICROPHONE_WAVES) / np.sqrt(waves)) @ np.cos(np.pi * waves[:, None] * frequency)
    response = np.roll(np.fft.irfft(10 ** (gain_db / 20)), _MICROPHONE_TAPS // 2)
    return np.asarray(response * np.hanning(_MICROPHONE_TAPS), np.float64)


def background(length: int, noises: Sequence[Int16s], generator: np.random.Generator) -> npt.NDArray[np.float64]:
    """Background noise of `length` samples with the level 1: a piece of one of `noises`, white or brownish noise if there are none."""
    if noises:
        noise = noises[int(generator.integers(len(noises)))]
        start = int(generator.integers(max(1, len(noise) - length + 1)))
        piece = np.resize(noise[start : start + length].astype(np.float64), length)
    else:
        piece = generator.normal(0, 1, length)
        if generator.random() < 0.5:
            piece = np.convolve(piece, np.ones(8) / 8, "same")
    level = float(np.sqrt(np.mean(piece**2)))
    return piece / level if level > 0 else piece


def augmented(x: Floats, generator: np.random.Generator, *, are_bands: bool) -> Floats:
    """Normalised features [samples, frames, features] as they might have been as well; `are_bands`: neighbours are like each other."""
    count, frames, bands = x.shape
    middle = (frames - 1) / 2
    stretch = generator.uniform(1 - _TIME_STRETCH, 1 + _TIME_STRETCH, (count, 1))
    move = generator.uniform(-_SHIFT_SHARE, _SHIFT_SHARE, (count, 1)) * frames
    x = _at(x, 1, (np.arange(frames) - middle) * stretch + middle + move)
    if are_bands:
        stretch = generator.uniform(1 - _BAND_STRETCH, 1 + _BAND_STRETCH, (count, 1))
        x = _at(x, 2, np.arange(bands) * stretch + generator.uniform(-_BAND_SHIFT, _BAND_SHIFT, (count, 1)))
    return partly_hidden(x + coloured(count, bands, generator, are_bands=are_bands)[:, None], generator)


def partly_hidden(x: Floats, generator: np.random.Generator) -> Floats:
    """Features [samples, frames, features] of which some frames and some bands are what the clip has in the mean."""
    for axis, size in ((1, x.shape[1]), (2, x.shape[2])):
        start = generator.integers(0, size, (len(x), 1))
        end = start + generator.integers(0, max(1, round(_HIDDEN_SHARE * size)) + 1, (len(x), 1))
        hidden = (np.arange(size) >= start) & (np.arange(size) < end)
        x = np.where(np.expand_dims(hidden, 3 - axis), x.mean(axis=(1, 2), keepdims=True), x)
    return x


def coloured(count: int, features: int, generator: np.random.Generator, *, are_bands: bool) -> Floats:
    """What another microphone adds to each feature, [count, features]; cosines over the bands are single coefficients of MFCC."""
    waves = min(_COLOUR_WAVES, features)
    level = generator.normal(0, 1, (count, waves)) * _COLOUR / (1 + np.arange(waves) / 2)
    shape = np.eye(waves, features)
    if are_bands:
        shape = np.cos(np.pi * np.arange(waves)[:, None] * (np.arange(features) + 0.5) / features)
    return np.asarray(level @ shape, np.float32)


def _at(x: Floats, axis: int, position: npt.NDArray[np.float64]) -> Floats:
    """`x` at `position` [samples, size of `axis`] along `axis`, between two neighbours in proportion; the ends are repeated."""
    position = np.clip(position, 0, x.shape[axis] - 1)
    low = np.minimum(position.astype(np.int64), max(x.shape[axis] - 2, 0))
    high = np.minimum(low + 1, x.shape[axis] - 1)
    share, low, high = (np.expand_dims(one, 3 - axis) for one in ((position - low).astype(np.float32), low, high))
    taken = np.take_along_axis(x, low, axis) * (1 - share) + np.take_along_axis(x, high, axis) * share
    return np.asarray(taken, np.float32)
