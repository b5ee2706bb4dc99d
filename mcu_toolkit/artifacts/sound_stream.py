"""WAV files of any length, a piece at a time: hours of sound in the memory of a few seconds.

The samples are exactly those of `read_sound`, whatever the pieces: also where they are resampled.
"""

from __future__ import annotations

import importlib  # as in sound.py
import math
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.sound import changes_of, mixed_down, rounded
from mcu_toolkit.artifacts.wav import WavSamples, find_samples, values_of
from mcu_toolkit.errors import InputError
from mcu_toolkit.optional_packages import require
from mcu_toolkit.system.files import require_file

_REACH = 10
"""The filter of `resample_poly` reaches so many periods of the lower rate to each side."""
Int16s = npt.NDArray[np.int16]


@dataclass(frozen=True)
class SoundFile:
    """A WAV file that was looked at, not yet read."""

    path: Path
    place: WavSamples
    file_bytes: int

    @property
    def rate_hz(self) -> int:
        """Samples in a second."""
        return self.place.form.rate_hz

    @property
    def samples(self) -> int:
        """Of each channel."""
        return self.place.size_bytes // self.place.form.frame_bytes

    @property
    def duration_s(self) -> float:
        """How long it plays."""
        return self.samples / self.rate_hz

    def changes_for(self, rate_hz: int) -> tuple[str, ...]:
        """What is done to it where `rate_hz` is needed, for people."""
        resampled = () if rate_hz == self.rate_hz else (f"resampled from {self.rate_hz:,} to {rate_hz:,} Hz",)
        return (*changes_of(self.place.form), *resampled)


def look_at_sound(path: Path) -> SoundFile:
    """Where the samples of a WAV file are, and their form; raises InputError for what is no intact one, and for one without samples."""
    require_file(path, kind="sound")
    try:
        with path.open("rb") as file:
            total_bytes = os.fstat(file.fileno()).st_size
            place = find_samples(lambda start, size: _read(file, start, size), total_bytes)
    except (OSError, ValueError, struct.error) as error:
        raise InputError(f"is not a readable sound: {error}", on=path, expected="an intact WAV file") from None
    if not place.size_bytes:
        raise InputError("holds no samples", on=path, expected="a sound")
    return SoundFile(path, place, total_bytes)


def pieces_of(sound: SoundFile, piece_s: float, rate_hz: int) -> Iterator[Int16s]:
    """The samples, int16 [samples] of some `piece_s` seconds at a time, with `rate_hz`.

    Raises InputError where samples are no numbers, or the file is not any more what it was.
    """
    count = max(1, round(piece_s * sound.rate_hz))
    with sound.path.open("rb") as file:
        if rate_hz == sound.rate_hz:
            for start in range(0, sound.samples, count):
                yield _samples(file, sound, start, count)
        else:
            yield from _resampled(file, sound, count, rate_hz)


def _resampled(file: IO[bytes], sound: SoundFile, count: int, rate_hz: int) -> Iterator[Int16s]:
    """Pieces that begin where a sample of either rate is; each is computed with what the filter reaches of its neighbours."""
    require(("scipy",), f"a sound of {sound.rate_hz:,} Hz where {rate_hz:,} Hz are needed")
    signal = importlib.import_module("scipy.signal")
    common = math.gcd(rate_hz, sound.rate_hz)
    up, down = rate_hz // common, sound.rate_hz // common
    step = -(-count // down) * down
    margin = -(-(_REACH * max(up, down) // up + 1) // down) * down
    for start in range(0, sound.samples, step):
        first, end = max(0, start - margin), min(sound.samples, start + step + margin)
        moved = signal.resample_poly(_samples(file, sound, first, end - first).astype(np.float64), up, down)
        behind = (start - first) // down * up
        last = len(moved) if start + step >= sound.samples else behind + step // down * up
        yield rounded(moved[behind:last])


def _samples(file: IO[bytes], sound: SoundFile, start: int, count: int) -> Int16s:
    form, count = sound.place.form, min(count, sound.samples - start)
    data = _read(file, sound.place.start + start * form.frame_bytes, count * form.frame_bytes)
    if len(data) != count * form.frame_bytes:
        raise InputError("has become shorter while it was read", on=sound.path, expected="a file that nothing writes to")
    try:
        return mixed_down(values_of(data, form))
    except ValueError as error:
        raise InputError(f"is not a readable sound: {error}", on=sound.path, expected="an intact WAV file") from None


def _read(file: IO[bytes], start: int, size: int) -> bytes:
    file.seek(start)
    return file.read(size)
