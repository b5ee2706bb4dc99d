"""What a model hears or feels: WAV files, and CSV files of motion, each as pieces of int16 samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.motion_recording import read_recording, values_for
from mcu_toolkit.artifacts.motion_table import MOTION_SUFFIXES, MotionTable
from mcu_toolkit.artifacts.sound_stream import SoundFile, look_at_sound, pieces_of
from mcu_toolkit.errors import InputError, McuError
from mcu_toolkit.frontend.motion.compute import readings_of
from mcu_toolkit.frontend.motion.description import MotionFrontend
from mcu_toolkit.pipeline.stream.plan import StreamPlan


@dataclass(frozen=True)
class MotionFile:
    """A CSV file that was read."""

    path: Path
    table: MotionTable


Looked = SoundFile | MotionFile


@dataclass(frozen=True)
class Source:
    """A recording as the plan takes it."""

    path: Path
    duration_s: float
    changes: tuple[str, ...]
    """What is done to it, for people."""
    pieces: Callable[[float], Iterator[npt.NDArray[np.int16]]]
    """Samples, some seconds at a time: [samples] of sound, [samples, axes] of motion."""


def look_at(paths: Sequence[Path]) -> tuple[Looked, ...]:
    """All files looked at; raises InputError naming every one that cannot be used."""
    if not paths:
        raise InputError("no sound", expected="--wav FILE, or --csv FILE of motion")
    found: list[Looked] = []
    faults: list[McuError] = []
    for path in paths:
        try:
            found.append(MotionFile(path, read_recording(path)) if path.suffix.lower() in MOTION_SUFFIXES else look_at_sound(path))
        except InputError as error:
            faults.append(error)
    refuse(faults, "recordings")
    return tuple(found)


def first_rate_hz(looked: Sequence[Looked]) -> int:
    """Of the first sound; 0 where there is none."""
    return next((one.rate_hz for one in looked if isinstance(one, SoundFile)), 0)


def sources_for(looked: Sequence[Looked], plan: StreamPlan) -> tuple[Source, ...]:
    """The files for the plan's front end; raises InputError naming every one that is not for it."""
    found: list[Source] = []
    faults: list[McuError] = []
    for one in looked:
        try:
            found.append(_source(one, plan))
        except InputError as error:
            faults.append(error)
    refuse(faults, "recordings")
    return tuple(found)


def refuse(faults: Sequence[McuError], what: str) -> None:
    """Raise the only fault, or one that lists all; nothing for none."""
    if len(faults) == 1:
        raise faults[0]
    if faults:
        listed = "".join(f"\n    {fault.on}: {fault.what}" for fault in faults)
        raise InputError(f"{len(faults)} {what} cannot be used:{listed}", expected=faults[0].expected)


def _source(one: Looked, plan: StreamPlan) -> Source:
    motion = plan.frontend if isinstance(plan.frontend, MotionFrontend) else None
    if isinstance(one, SoundFile):
        if motion is not None:
            raise InputError("is a sound, and the model takes motion", on=one.path, expected="--csv FILE")
        rate_hz = round(plan.rate_hz)
        return Source(one.path, one.duration_s, one.changes_for(rate_hz), lambda piece_s: pieces_of(one, piece_s, rate_hz))
    if motion is None:
        raise InputError("is motion, and the model takes sound", on=one.path, expected="--wav FILE")
    values = values_for(one.table, motion, one.path)
    return Source(one.path, len(values) / motion.sample_rate_hz, (), partial(_motion_pieces, values, motion))


def _motion_pieces(values: npt.NDArray[np.float64], motion: MotionFrontend, piece_s: float) -> Iterator[npt.NDArray[Any]]:
    count = max(1, round(piece_s * motion.sample_rate_hz))
    for start in range(0, len(values), count):
        yield readings_of(values[start : start + count], motion)
