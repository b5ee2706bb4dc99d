"""WAV files: the samples and their rate."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import InputError
from mcu_toolkit.system.archives import refuse_large_file
from mcu_toolkit.system.files import read_bytes

SOUND_SUFFIXES = (".wav",)


@dataclass(frozen=True)
class Sound:
    """`samples`: int16 [samples] of one channel."""

    samples: npt.NDArray[np.int16]
    rate_hz: int


def read_sound(path: Path) -> Sound:
    """The sound in a WAV file of 16 bits and one channel; raises InputError for another form, and for what is none."""
    refuse_large_file(path, "sound")
    content = read_bytes(path, kind="sound")
    try:
        with wave.open(io.BytesIO(content)) as file:
            form, rate_hz = (file.getnchannels(), 8 * file.getsampwidth()), file.getframerate()
            frames = file.readframes(min(file.getnframes(), len(content)))
    except (wave.Error, EOFError, ValueError) as error:
        raise InputError(f"is not a readable sound: {str(error) or 'it ends early'}", on=path, expected="an intact WAV file") from None
    if form != (1, 16):
        raise InputError(f"has {form[0]} channels of {form[1]} bits", on=path, expected="one channel of 16 bits")
    return Sound(np.frombuffer(frames[: len(frames) // 2 * 2], "<i2").astype(np.int16), rate_hz)
