"""Sounds as people have them: WAV files of any width, rate and number of channels become int16 samples of one channel, and it is said how.

Samples are rounded to the nearest integer.  Channels are mixed down to their mean.  Another rate is reached by
`scipy.signal.resample_poly`: a windowed sinc, zero phase, on the host only and in double precision.
"""

from __future__ import annotations

import importlib  # scipy.signal takes half a second to import, and mcu-toolkit-core has none
import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.wav import WavFile, WavForm, parse_wav
from mcu_toolkit.errors import InputError
from mcu_toolkit.optional_packages import require
from mcu_toolkit.system.archives import refuse_large_file, refuse_larger
from mcu_toolkit.system.files import read_bytes

SOUND_SUFFIXES = (".wav",)
_LEAST, _MOST = -32768, 32767
_CLIPPED_RUN = 3
"""So many samples at full scale, one after the other, are no peak but a cut-off one."""
_BYTES_A_VALUE = 24
"""What decoding takes at most, in float64 and its copies."""


@dataclass(frozen=True)
class Sound:
    """`samples`: int16 [samples] of one channel."""

    samples: npt.NDArray[np.int16]
    rate_hz: int
    changes: tuple[str, ...] = ()
    """What was done to the file's samples, for people: `2 channels mixed down`."""
    clipped: int = 0
    """Samples of the file in runs at full scale."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """`changes`, and what is suspicious about the recording."""
        return self.changes if not self.clipped else (*self.changes, f"clipped: {self.clipped:,} samples are cut off at full scale")

    def at(self, rate_hz: int) -> Sound:
        """The sound with another sample rate, and a line about it in `changes`; itself where it has that one."""
        if rate_hz == self.rate_hz:
            return self
        require(("scipy",), f"a sound of {self.rate_hz:,} Hz where {rate_hz:,} Hz are needed")
        signal = importlib.import_module("scipy.signal")
        common = math.gcd(rate_hz, self.rate_hz)
        moved = signal.resample_poly(self.samples.astype(np.float64), rate_hz // common, self.rate_hz // common)
        change = f"resampled from {self.rate_hz:,} to {rate_hz:,} Hz"
        return replace(self, samples=rounded(moved), rate_hz=rate_hz, changes=(*self.changes, change))


def read_sound(path: Path, rate_hz: int | None = None) -> Sound:
    """The sound in a WAV file, with `rate_hz` if given; raises InputError for what is no intact one, naming what is wrong."""
    refuse_large_file(path, "sound")
    return sound_in(read_bytes(path, kind="sound"), path, rate_hz)


def sound_in(content: bytes, path: Path, rate_hz: int | None = None) -> Sound:
    """The same of a file that was read: the WAV file `content` of `path`."""
    try:
        wav = parse_wav(content)
        refuse_larger(_BYTES_A_VALUE * wav.frames * wav.form.channels, "the decoded sound", path)
        sound = _sound(wav)
    except ValueError as error:
        raise InputError(f"is not a readable sound: {error}", on=path, expected="an intact WAV file") from None
    if rate_hz is None:
        return sound
    refuse_larger(_BYTES_A_VALUE * math.ceil(len(sound.samples) * rate_hz / sound.rate_hz), "the resampled sound", path)
    return sound.at(rate_hz)


def _sound(wav: WavFile) -> Sound:
    values, form = wav.values(), wav.form
    clipped = _clipped(values, 2.0 ** (16 - min(form.bits, 16)))
    return Sound(mixed_down(values), form.rate_hz, changes_of(form), clipped)


def changes_of(form: WavForm) -> tuple[str, ...]:
    """What is done to samples of this form, for people."""
    changes = []
    if (form.bits, form.is_float) != (16, False):
        changes.append(f"{form.name} samples rounded to 16 bits" if form.bits > 8 else "8-bit samples widened to 16")
    if form.channels > 1:
        changes.append(f"{form.channels} channels mixed down")
    return tuple(changes)


def mixed_down(values: npt.NDArray[np.float64]) -> npt.NDArray[np.int16]:
    """Samples [frames, channels] in units of 16-bit samples as int16 [frames]: the mean of the channels, rounded."""
    return rounded(values[:, 0] if values.shape[1] == 1 else values.mean(axis=1))


def _clipped(values: npt.NDArray[np.float64], step: float) -> int:
    """How many of `values` [frames, channels], which are multiples of `step`, are in runs of `_CLIPPED_RUN` at full scale."""
    count = 0
    for full in (values >= _MOST + 1 - step, values <= _LEAST):
        inside = full[2:] & full[1:-1] & full[:-2]  # runs of three
        marked = np.zeros_like(full)
        for shift in range(_CLIPPED_RUN):
            marked[shift : len(marked) - 2 + shift] |= inside
        count += int(marked.sum())
    return count


def rounded(values: npt.NDArray[np.float64]) -> npt.NDArray[np.int16]:
    """The nearest int16."""
    return np.clip(np.rint(values), _LEAST, _MOST).astype(np.int16)
