"""Recordings as files: WAV for sound, CSV for everything else, each under a number that is free."""

from __future__ import annotations

import csv
import io
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import InputError
from mcu_toolkit.system.files import make_folder, write_bytes
from mcu_toolkit.system.sinks import relative_name

_AXES = ("x", "y", "z", "gyro_x", "gyro_y", "gyro_z")
_MOST_FILES = 99_999
Int16s = npt.NDArray[np.int16]


def class_folder(output: Path, label: str) -> Path:
    """The folder of a class; raises InputError for a label that is no plain name, or stands for background or hidden files."""
    try:
        name = relative_name(label)
    except InputError as error:
        raise InputError(f"the label {label!r:.60} cannot be the name of a folder", expected="a plain name") from error
    if "/" in name or name.startswith("."):
        raise InputError(f"the label {label!r:.60} cannot be the name of a folder", expected="a plain name")
    return output / name


def next_file(folder: Path, label: str, suffix: str) -> Path:
    """The file with the lowest number above all that are there; no file is ever replaced."""
    numbers = [int(path.stem.rpartition("-")[2]) for path in folder.glob(f"*{suffix}") if path.stem.rpartition("-")[2].isdecimal()]
    number = 1 + max(numbers, default=0)
    if number > _MOST_FILES:
        raise InputError(f"holds recordings up to number {number - 1:,}", on=folder, expected=f"at most {_MOST_FILES:,}")
    return folder / f"{label}-{number:05d}{suffix}"


def write_sound(path: Path, numbers: Int16s, rate_hz: float) -> None:
    """A WAV file of int16 [samples, 1]; the rate is rounded to whole hertz, as the format has it."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(numbers.shape[1])
        file.setsampwidth(2)
        file.setframerate(round(rate_hz))
        file.writeframes(numbers.astype("<i2").tobytes())
    make_folder(path.parent)
    write_bytes(path, content.getvalue())


def write_table(path: Path, numbers: Int16s, times_s: npt.NDArray[np.float64], scale: float) -> None:
    """A CSV file: the time in seconds, and a column of values for each channel."""
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    names = ("value",) if numbers.shape[1] == 1 else _AXES[: numbers.shape[1]]
    writer.writerow(["time_s", *names])
    values = (numbers * scale).tolist()
    rows = zip(times_s.tolist(), values, strict=True)
    writer.writerows([f"{time_s:.6f}", *(f"{value:.7g}" for value in row)] for time_s, row in rows)
    make_folder(path.parent)
    write_bytes(path, content.getvalue().encode())
