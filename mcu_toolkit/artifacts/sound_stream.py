"""WAV files of any length, a piece at a time: hours of sound in the memory of a few seconds."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import InputError
from mcu_toolkit.system.files import require_file

_SAMPLE_BYTES = 2


@dataclass(frozen=True)
class SoundFile:
    """A WAV file of 16 bits and one channel that was looked at, not yet read."""

    path: Path
    rate_hz: int
    samples: int

    @property
    def duration_s(self) -> float:
        """How long it plays."""
        return self.samples / self.rate_hz


def look_at_sound(path: Path) -> SoundFile:
    """What the head of a WAV file says; raises InputError for another form, for what is none and for one that ends early."""
    require_file(path, kind="sound")
    try:
        with wave.open(str(path)) as file:
            form, rate_hz, samples = (file.getnchannels(), 8 * file.getsampwidth()), file.getframerate(), file.getnframes()
            if form != (1, 16):
                raise InputError(f"has {form[0]} channels of {form[1]} bits", on=path, expected="one channel of 16 bits")
            if samples == 0:
                raise InputError("holds no samples", on=path, expected="a sound")
            if rate_hz == 0:
                raise InputError("has a sample rate of 0 Hz", on=path, expected="a sound")
            file.setpos(samples - 1)
            if len(file.readframes(1)) != _SAMPLE_BYTES:
                raise InputError(f"ends before the {samples:,} samples that its head promises", on=path, expected="an intact WAV file")
    except (wave.Error, EOFError, ValueError, OSError) as error:
        raise InputError(f"is not a readable sound: {str(error) or 'it ends early'}", on=path, expected="an intact WAV file") from None
    return SoundFile(path, rate_hz, samples)


def pieces_of(sound: SoundFile, piece_samples: int) -> Iterator[npt.NDArray[np.int16]]:
    """The samples, int16 [at most piece_samples] at a time; raises InputError where the file is not any more what it was."""
    left = sound.samples
    with closing(wave.open(str(sound.path))) as file:
        while left:
            piece = np.frombuffer(file.readframes(min(piece_samples, left)), "<i2").astype(np.int16)
            if not len(piece):
                raise InputError("has become shorter while it was read", on=sound.path, expected="a file that nothing writes to")
            left -= len(piece)
            yield piece
