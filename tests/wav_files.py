"""WAV files of every form, byte for byte."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt


def wav_bytes(values: npt.NDArray[np.float64], rate_hz: int = 16_000, form: str = "i2", *, extensible: bool = False) -> bytes:
    """A WAV file of `values` [frames] or [frames, channels] between -1 and 1; `form`: u1, i2, i3, i4, f4 or f8."""
    table = np.asarray(values, np.float64).reshape(len(values), -1 if len(values) else 1)
    bits = 8 * int(form[1])
    if form[0] == "f":
        data = table.astype(f"<{form}").tobytes()
    else:
        integers = np.clip(np.rint(table * 2.0 ** (bits - 1)), -(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1).astype(np.int64)
        data = b"".join((int(one) + (128 if bits == 8 else 0)).to_bytes(bits // 8, "little", signed=bits > 8) for one in integers.ravel())
    return wav_of(data, table.shape[1], rate_hz, bits, 3 if form[0] == "f" else 1, extensible=extensible)


def wav_of(data: bytes, channels: int, rate_hz: int, bits: int, code: int = 1, *, extensible: bool = False) -> bytes:
    """A WAV file whose samples are the bytes `data`, as it says itself; a chunk of another kind is before them."""
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", 0xFFFE if extensible else code, channels, rate_hz, rate_hz * frame, frame, bits)
    if extensible:
        form += struct.pack("<HHIH", 22, bits, 0, code) + b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    chunks = b"".join(
        name + struct.pack("<I", len(part)) + part + b"\0" * (len(part) % 2)
        for name, part in ((b"fmt ", form), (b"LIST", b"odd"), (b"data", data))
    )
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def write_wav(path: Path, values: npt.NDArray[np.float64], rate_hz: int = 16_000, form: str = "i2") -> Path:
    """Write such a file, and the folders that it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wav_bytes(values, rate_hz, form))
    return path
