"""A file of motion for a front end that is settled: columns found by their names, the rate compared, readings as the front end takes them.

What does not fit is an error that names the file, before anything is computed.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.data_files import is_number
from mcu_toolkit.artifacts.motion_table import MOTION_SUFFIXES, MotionTable, read_motion
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend.motion.description import MotionFrontend

_HEADING_BYTES = 10_000
"""More than the first line of a recording has."""


def read_recording(path: Path) -> MotionTable:
    """The readings in a CSV file; raises InputError saying why it is no recording of motion."""
    try:
        return read_motion(path)
    except ValueError as error:
        raise InputError(f"is no recording of motion: {error}", on=path, expected="a CSV file with a column for each axis") from None


def values_for(table: MotionTable, motion: MotionFrontend, path: Path) -> npt.NDArray[np.float64]:
    """The columns of `table` that `motion` takes, real values [readings, axes]; raises InputError for a missing one and another rate."""
    missing = [axis for axis in motion.axes if axis not in table.axes]
    if missing:
        found = f"has the columns {', '.join(table.axes)[:80]}, and no '{missing[0]}'"
        raise InputError(found, on=path, expected=f"{', '.join(motion.axes)}, as the front end takes them")
    if not table.has_rate(motion.sample_rate_hz):
        found, expected = f"has {table.rate_hz:g} readings a second", f"{motion.sample_rate_hz:g}, as the front end takes it"
        raise InputError(found, on=path, expected=expected)
    return table.values[:, [table.axes.index(axis) for axis in motion.axes]]


def is_recording(path: Path, motion: MotionFrontend, elements: int) -> bool:
    """True where a CSV file holds readings for `motion`, False for a table of the model's inputs, of `elements` numbers each.

    A recording names its columns.  So may a table of inputs; its columns are as many as an input has numbers, perhaps with a label.
    """
    if path.suffix.lower() not in MOTION_SUFFIXES:
        return False
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            names = [name.strip() for name in next(csv.reader([stream.readline(_HEADING_BYTES)]), [])]
    except (OSError, UnicodeDecodeError, csv.Error):
        return False  # whoever reads the file says what is wrong with it
    if set(motion.axes) <= set(names):
        return True
    return any(not is_number(name) for name in names) and len(names) not in (elements, elements + 1)
