"""CSV files of sensors: a row for each reading, a column for each axis, one of them the time; gaps in time are named by their line."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.system.archives import refuse_large_file
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.terminal_text import visible_line

MOTION_SUFFIXES = (".csv",)
_TIME_NAMES = ("time", "timestamp", "t")
_UNITS_S = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_MOST_COLUMNS, _MOST_LINE = 64, 10_000
_FEWEST_ROWS = 8
_GAP = 1.5
"""A step of so many usual ones is a gap: a reading is missing."""
_SHORT = 0.25
"""A step of so little of a usual one is a jump: two readings at nearly the same time, or a clock that was set back."""
_STEPS_S = 1e-9, 1e9
"""What lies outside is no time of a sensor, and its rate no number."""
RATE_TOLERANCE = 0.05
"""Clocks of sensors differ by a few percent; more is another setting."""
_NAMED = 3
"""Gaps that a message names before it counts."""


@dataclass(frozen=True)
class MotionTable:
    """`values`: float64 [readings, axes]."""

    axes: tuple[str, ...]
    values: npt.NDArray[np.float64]
    rate_hz: float | None
    """From the time stamps; None where there are none."""

    def has_rate(self, rate_hz: float) -> bool:
        """False where the time stamps show another rate, by more than clocks differ."""
        return self.rate_hz is None or abs(self.rate_hz / rate_hz - 1) <= RATE_TOLERANCE


def read_motion(path: Path) -> MotionTable:
    """The readings in a CSV file whose first line names the columns.

    The column of the time is called time, timestamp or t, perhaps with _s, _ms, _us or _ns behind it; without a unit steps below 1 are
    seconds, others milliseconds.  Raises ValueError for no such file, a cell that is no number, and gaps or jumps in time, with the line.
    """
    refuse_large_file(path, "recording")
    return motion_in(read_bytes(path, kind="recording"))


def motion_in(content: bytes) -> MotionTable:
    """The same of a file that was read."""
    try:
        text = content.decode("utf-8-sig")
        header, rows = _rows(text)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"it is no CSV file in UTF-8: {error}") from None
    if len(rows) < _FEWEST_ROWS:
        raise ValueError(f"it has {len(rows)} readings, fewer than {_FEWEST_ROWS}")
    values = np.array(rows, np.float64)
    column, unit_s = _time_column(header)
    axes = tuple(name for number, name in enumerate(header) if number != column)
    if not axes:
        raise ValueError("it has a column of time and no other")
    if column is None:
        return MotionTable(axes, values, None)
    return MotionTable(axes, np.delete(values, column, axis=1), _rate_hz(values[:, column], unit_s))


def _rows(text: str) -> tuple[list[str], list[list[float]]]:
    reader = csv.reader(io.StringIO(text))
    header = [name.strip() for name in next(reader, [])]
    if not header or len(header) > _MOST_COLUMNS or not all(header) or len(set(header)) != len(header):
        raise ValueError("its first line does not name its columns, each once")
    if all(_number(name) is not None for name in header):
        raise ValueError("its first line has numbers, not the names of its columns")
    rows = []
    for cells in reader:
        if not cells:
            continue
        if len(cells) != len(header):
            raise ValueError(f"line {reader.line_num} has {len(cells)} cells, the first one {len(header)}")
        numbers = [_number(cell) for cell in cells]
        for cell, value in zip(cells, numbers, strict=True):
            if value is None:
                raise ValueError(f"line {reader.line_num} has '{visible_line(cell[:20])}' where a number should be")
        rows.append([value for value in numbers if value is not None])
    return header, rows


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _time_column(header: Sequence[str]) -> tuple[int | None, float | None]:
    """(its number, what its unit is in seconds; None where the name does not say it)."""
    for number, name in enumerate(header):
        stem, _, unit = name.lower().partition("_")
        if stem in _TIME_NAMES and (not unit or unit in _UNITS_S):
            return number, _UNITS_S.get(unit)
    return None, None


def _rate_hz(times: npt.NDArray[np.float64], unit_s: float | None) -> float:
    """Readings a second; raises ValueError where steps are not alike."""
    steps = np.diff(times)
    usual = float(np.median(steps))
    if usual <= 0:
        raise ValueError("its time stamps do not increase")
    wrong = np.flatnonzero((steps > _GAP * usual) | (steps < _SHORT * usual))
    if len(wrong):
        shown = [f"line {at + 3}: {_named(float(steps[at]), usual)}" for at in wrong[:_NAMED]]
        more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        raise ValueError(f"its time stamps have gaps or jumps: {'; '.join(shown)}{more}")
    unit = unit_s or (1.0 if usual < 1 else 1e-3)
    mean_step = float(times[-1] - times[0]) / len(steps)  # stamps in whole milliseconds have a median that is off
    step_s = mean_step * unit
    if not _STEPS_S[0] <= step_s <= _STEPS_S[1]:
        raise ValueError(f"its time stamps are {step_s:g} s apart")
    return float(f"{1 / step_s:.6g}")


def _named(step: float, usual: float) -> str:
    if step <= 0:
        return f"the time goes back by {-step:g}"
    if step < usual:
        return f"a step of {step:g} where {usual:g} is usual"
    return f"a gap of {step:g}, about {round(step / usual) - 1} readings are missing"
