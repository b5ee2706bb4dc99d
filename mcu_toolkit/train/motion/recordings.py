"""A user's folder of motion recordings: every CSV file is read once; all must have the same columns and sample rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.motion_table import MOTION_SUFFIXES, MotionTable, motion_in
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend.motion.compute import motion_features, readings_of
from mcu_toolkit.frontend.motion.description import MotionFrontend, Spectrum
from mcu_toolkit.system.archives import refuse_larger
from mcu_toolkit.train.class_folder import FileKind, Skipped, content_with_hash, examine_files, unchanged_content
from mcu_toolkit.train.sensors.recordings import Recording

RECORDINGS = FileKind(
    "recording", MOTION_SUFFIXES, 3, enough=": one each for training, validation and test; 10 or more give a useful model"
)
_WINDOW_S = 2.0
_LEAST_WINDOW, _MOST_WINDOW = 16, 1024
_SPECTRUM_FROM = 32
"""Samples that a window needs for eight bands."""
_RANGE = 16_384
"""The largest reading of the training data in counts: half of 16 bits, so that a stronger movement is not cut off."""


@dataclass(frozen=True)
class Movements:
    """What is in the folder, and the front end that makes features of it."""

    folder: Path
    classes: tuple[str, ...]
    recordings: tuple[Recording, ...]
    skipped: tuple[Skipped, ...]
    frontend: MotionFrontend

    def features(self, recording: Recording) -> npt.NDArray[np.uint16]:
        """Of the windows of a recording: uint16 [windows, features]; raises InputError where the file has changed since it was examined."""
        path = self.folder / recording.name
        table = motion_in(unchanged_content(path, recording.sha256, "recording"))
        return motion_features(readings_of(table.values, self.frontend), self.frontend)


def read_movements(
    folder: Path,
    frontend: MotionFrontend | None,
    rate_hz: float | None,
    *,
    skip_corrupt: bool,
    kind: FileKind = RECORDINGS,
    on_file: Callable[[int, int], None] | None = None,
) -> Movements:
    """Look at every recording of `folder`.  `frontend` None: made for the data; `rate_hz`: for files without time stamps.

    Raises InputError for what `examine_files` refuses, with the files by name: columns or a rate that most of the others do not have,
    gaps in time, and recordings shorter than a window.
    """
    known = _known(folder, kind)
    axes, usual_hz = _usual(folder, known, frontend, rate_hz)
    frontend = frontend or _made_for([one.table for one in known.values() if one.table.axes == axes], axes, usual_hz)

    def examine(name: str, label: int) -> Recording:
        found = known[name] if name in known else _read(folder / name)
        _check(found.table, axes, usual_hz, frontend)
        return Recording(name, label, found.sha256, name)

    classes, recordings, skipped = examine_files(folder, kind, examine, skip_corrupt=skip_corrupt, on_file=on_file)
    return Movements(folder, classes, recordings, skipped, frontend)


@dataclass(frozen=True)
class _Read:
    """A file that was read."""

    table: MotionTable
    sha256: str


def _read(path: Path) -> _Read:
    content, sha256 = content_with_hash(path, "recording")
    return _Read(motion_in(content), sha256)


def _known(folder: Path, kind: FileKind) -> dict[str, _Read]:
    """Every file that can be read; what is wrong with the others is said when they are examined."""
    found: dict[str, _Read] = {}
    total_bytes = 0

    def look(name: str, _: int) -> None:
        nonlocal total_bytes
        one = _read(folder / name)
        total_bytes += one.table.values.nbytes
        refuse_larger(total_bytes, f"{len(found) + 1:,} recordings", folder)
        found[name] = one

    examine_files(folder, replace(kind, fewest=0), look, skip_corrupt=True)
    return found


def _usual(folder: Path, known: dict[str, _Read], frontend: MotionFrontend | None, rate_hz: float | None) -> tuple[tuple[str, ...], float]:
    """The columns and the rate that most recordings have, or the front end has."""
    tables = [one.table for one in known.values()]
    if frontend is not None:
        return frontend.axes, frontend.sample_rate_hz
    if not tables:
        examined = "no recording can be read"
        raise InputError(examined, on=folder, expected="CSV files whose first line names time and axes: time_ms,ax,ay,az")
    axes = Counter(table.axes for table in tables).most_common(1)[0][0]
    rates = [table.rate_hz for table in tables if table.rate_hz is not None]
    if rate_hz is None and not rates:
        raise InputError("has no time stamps", on=folder, expected="a column time_ms or time_s in every file", hint="--rate HZ")
    return axes, rate_hz or float(np.median(rates))


def _made_for(tables: Sequence[MotionTable], axes: tuple[str, ...], rate_hz: float) -> MotionFrontend:
    """A front end with windows of two seconds that overlap by half; counts are the largest power of two that fits the data."""
    window = int(np.clip(round(_WINDOW_S * rate_hz), _LEAST_WINDOW, _MOST_WINDOW))
    largest = np.max([np.abs(table.values).max(axis=0) for table in tables], axis=0)
    counts = tuple(float(2.0 ** np.floor(np.log2(_RANGE / max(value, 1e-4)))) for value in largest.tolist())
    spectrum = Spectrum() if window >= _SPECTRUM_FROM else None
    return MotionFrontend(float(f"{rate_hz:.4g}"), axes, counts, window, window // 2, spectrum=spectrum)


def _check(table: MotionTable, axes: tuple[str, ...], rate_hz: float, frontend: MotionFrontend) -> None:
    """Raise ValueError where a recording is not like the others."""
    if table.axes != axes:
        raise ValueError(f"it has the columns {', '.join(table.axes)[:80]}, not {', '.join(axes)[:80]}")
    if not table.has_rate(rate_hz):
        raise ValueError(f"it has {table.rate_hz:g} readings a second, not {rate_hz:g}")
    if len(table.values) < frontend.window_samples:
        raise ValueError(f"it has {len(table.values)} readings, a window takes {frontend.window_samples}")
