"""The WAV format: what a file says about its samples, and the samples as floating-point numbers.

Chunks and codes are those of Microsoft's *Multiple Channel Audio Data and WAVE Files* (2007): `fmt ` with the form, `data` with the
samples, channels interleaved; samples of 8 bits have no sign, wider ones are little-endian integers or IEEE floats.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_UNKNOWN_BYTES = 0xFFFFFFFF
"""What programs that write into a pipe put where the length belongs."""
_RATES_HZ = 100, 768_000
_MOST_CHANNELS = 64
_FULL_SCALE = 1 << 15
_FORM_BYTES = 40
"""Of the form in its longest version."""


@dataclass(frozen=True)
class WavForm:
    """How samples are stored."""

    channels: int
    bits: int
    is_float: bool
    rate_hz: int

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of every channel."""
        return self.channels * self.bits // 8

    @property
    def name(self) -> str:
        """Of the number format, for people."""
        return f"{self.bits}-bit float" if self.is_float else f"{self.bits}-bit"


@dataclass(frozen=True)
class WavFile:
    """A WAV file that was taken apart; `data` are the bytes of its samples, whole frames."""

    form: WavForm
    data: memoryview

    @property
    def frames(self) -> int:
        """Samples of each channel."""
        return len(self.data) // self.form.frame_bytes

    def values(self) -> npt.NDArray[np.float64]:
        """See `values_of`."""
        return values_of(self.data, self.form)


@dataclass(frozen=True)
class WavSamples:
    """Where the samples of a WAV file are: whole frames of `form`."""

    form: WavForm
    start: int
    size_bytes: int


def values_of(data: bytes | memoryview, form: WavForm) -> npt.NDArray[np.float64]:
    """Whole frames as [frames, channels], in units of 16-bit samples: full scale is 32768.

    Raises ValueError for floats that are no numbers.
    """
    if form.is_float:
        values = np.frombuffer(data, f"<f{form.bits // 8}").astype(np.float64)
        if not np.isfinite(values).all():
            raise ValueError("it holds samples that are no finite numbers")
        return (values * _FULL_SCALE).reshape(-1, form.channels)
    if form.bits == 8:
        integers = np.frombuffer(data, np.uint8).astype(np.float64) - 128
    elif form.bits == 24:
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        integers = (wide.view("<i4").ravel() >> 8).astype(np.float64)
    else:
        integers = np.frombuffer(data, f"<i{form.bits // 8}").astype(np.float64)
    return (integers * 2.0 ** (16 - form.bits)).reshape(-1, form.channels)


def parse_wav(content: bytes) -> WavFile:
    """Take a WAV file apart; raises ValueError as `find_samples` does."""
    found = find_samples(lambda start, size: content[start : start + size], len(content))
    return WavFile(found.form, memoryview(content)[found.start : found.start + found.size_bytes])


def find_samples(read: Callable[[int, int], bytes], total_bytes: int) -> WavSamples:
    """Where the samples are in a file of `total_bytes`, of which `read(start, size)` gives a piece.

    Raises ValueError saying what is wrong: no WAV file, one that ends early, a form that is not read.
    """
    head = read(0, 12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise ValueError("it is no WAV file")
    form, at = None, 12
    while at + 8 <= total_bytes:
        name, size = struct.unpack("<4sI", read(at, 8))
        start, left = at + 8, total_bytes - at - 8
        if name == b"data":
            if form is None:
                raise ValueError("its samples come before their form")
            return WavSamples(form, start, _size_of_samples(left, form, size))
        if size > left:
            break
        if name == b"fmt ":
            form = _form(read(start, min(size, _FORM_BYTES)))
        at = start + size + size % 2
    raise ValueError("it ends before its samples" if form is not None else "it ends before the form of its samples")


def _size_of_samples(left: int, form: WavForm, size: int) -> int:
    if size == _UNKNOWN_BYTES:
        size = left // form.frame_bytes * form.frame_bytes
    if size > left:
        raise ValueError(f"it ends early: {size:,} bytes of samples are announced, {left:,} are there")
    if size % form.frame_bytes:
        raise ValueError(f"its {size:,} bytes of samples are no multiple of {form.frame_bytes}, those of one moment")
    return size


def _form(chunk: bytes) -> WavForm:
    if len(chunk) < 16:
        raise ValueError("the form of its samples is cut off")
    code, channels, rate_hz, _, frame_bytes, bits = struct.unpack_from("<HHIIHH", chunk)
    if code == _EXTENSIBLE:
        if len(chunk) < 26:
            raise ValueError("the form of its samples is cut off")
        (code,) = struct.unpack_from("<H", chunk, 24)
    if code not in (_PCM, _FLOAT) or bits not in ((32, 64) if code == _FLOAT else (8, 16, 24, 32)):
        raise ValueError(f"its samples have the format {code} with {bits} bits; PCM of 8, 16, 24 or 32 bits and floats are read")
    if not 1 <= channels <= _MOST_CHANNELS or frame_bytes != channels * bits // 8:
        raise ValueError(f"it says that it has {channels} channels of {bits} bits in {frame_bytes} bytes")
    if not _RATES_HZ[0] <= rate_hz <= _RATES_HZ[1]:
        raise ValueError(f"it says that it has {rate_hz:,} samples a second")
    return WavForm(channels, bits, code == _FLOAT, rate_hz)
