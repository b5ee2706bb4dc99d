"""When the wake word is spoken in the benchmark's recordings, and what detections are worth: the rules of its official runner."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.sound import SOUND_SUFFIXES, rounded
from mcu_toolkit.artifacts.wav import parse_wav
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend.mel_energies import RATE_HZ
from mcu_toolkit.system.archives import refuse_large_file
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.json_table import JsonTable
from mcu_toolkit.system.parsing import json_value

LATE_S: Final = 2.0
"""How long after the end of a word a detection still counts.  The runner's README says one second; its code (streaming_ww_utils.py,
calc_detection_stats) adds the second twice, and is what judges."""
DEBOUNCE_S: Final = 1.0
"""False detections so near to each other are one."""
_WINDOWS_MAX: Final = 100_000


@dataclass(frozen=True)
class SpokenWords:
    """A recording, and from when to when the wake word is spoken in it; None: not known."""

    path: Path
    samples: npt.NDArray[np.int16]
    """Of the first channel, 16 kHz."""
    windows_s: tuple[tuple[float, float], ...] | None


@dataclass(frozen=True)
class DetectionCounts:
    """What the detections of a run are."""

    true_positives: int
    false_negatives: int
    false_positives: int


def read_recording(path: Path) -> SpokenWords:
    """A WAV file, or one of the benchmark's truth files (sww_long_test.json) with the WAV file that it names beside it.

    Raises InputError for what is neither, and for another sample rate than 16 kHz.
    """
    if path.suffix.lower() in SOUND_SUFFIXES:
        return SpokenWords(path, _samples(path), None)
    try:
        listed = json_value(read_bytes(path, kind="ground truth"))
        if not isinstance(listed, list) or len(listed) != 1:
            raise ValueError("it is not a list with one recording")
        table = JsonTable(listed[0], "its recording")
        name, windows = table.required("wav_file", str), _windows(table)
    except (ValueError, InputError) as error:
        what = error.what if isinstance(error, InputError) else str(error)
        expected = 'a .wav file, or JSON as sww_long_test.json: [{"wav_file": ..., "detection_windows": [[begin, end], ...]}]'
        raise InputError(f"is no truth file of the benchmark: {what}", on=path, expected=expected) from None
    if Path(name).name != name or Path(name).suffix.lower() not in SOUND_SUFFIXES:
        raise InputError(f"names the recording '{name[:80]}'", on=path, expected="the name of a .wav file in the same folder")
    return SpokenWords(path.parent / name, _samples(path.parent / name), windows)


def _windows(table: JsonTable) -> tuple[tuple[float, float], ...]:
    rows = table.value("detection_windows")
    if not isinstance(rows, list) or len(rows) > _WINDOWS_MAX:
        raise ValueError("'detection_windows' is no list")
    found = []
    for row in rows:
        pair = [value for value in row if isinstance(value, (int, float)) and math.isfinite(value)] if isinstance(row, list) else []
        if len(pair) != 2 or len(row) != 2 or not 0 <= pair[0] <= pair[1]:
            raise ValueError(f"'detection_windows' has {str(row)[:60]}, not begin and end in seconds")
        found.append((float(pair[0]), float(pair[1])))
    return tuple(found)


def _samples(path: Path) -> npt.NDArray[np.int16]:
    refuse_large_file(path, "sound")
    try:
        wav = parse_wav(read_bytes(path, kind="sound"))
    except ValueError as error:
        raise InputError(f"is not a readable sound: {error}", on=path, expected="an intact WAV file") from None
    if wav.form.rate_hz != RATE_HZ:
        raise InputError(f"has {wav.form.rate_hz:,} samples a second", on=path, expected=f"{RATE_HZ:,}, as the benchmark's recordings")
    return rounded(wav.values()[:, 0])


def counted(detections_ms: Sequence[int], windows_s: Sequence[tuple[float, float]]) -> DetectionCounts:
    """What `detections_ms` of a run are; the first of them marks its beginning.

    A word is found by any detection from its begin to LATE_S after its end.
    """
    times_s = np.array([time_ms - detections_ms[0] for time_ms in detections_ms[1:]], np.float64) / 1000
    found = 0
    for begin_s, end_s in windows_s:
        is_of_word = (times_s >= begin_s) & (times_s <= end_s + LATE_S)
        found += bool(is_of_word.any())
        times_s = times_s[~is_of_word]
    false, last_s = 0, -math.inf
    for time_s in times_s.tolist():
        if time_s > last_s + DEBOUNCE_S:
            false, last_s = false + 1, time_s
    return DetectionCounts(found, len(windows_s) - found, false)
