"""Whole recordings for a model that hears or feels a stretch at a time: every window of each is an input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from mcu_toolkit.artifacts.contract import takes_features
from mcu_toolkit.artifacts.motion_recording import read_recording, values_for
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.artifacts.sound import read_sound
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend import AudioFrontend, features_of
from mcu_toolkit.frontend.motion.compute import motion_features, readings_of
from mcu_toolkit.frontend.motion.description import MotionFrontend
from mcu_toolkit.system.archives import refuse_larger


@dataclass(frozen=True)
class Windows:
    """`array`: real inputs, float32 [windows of all files, *shape], with a name for each: the file's, or the file's and its number."""

    names: tuple[str, ...]
    array: npt.NDArray[np.float32]
    notes: tuple[str, ...]


def read_windows(
    paths: Sequence[Path], shape: tuple[int, ...], preprocessing: Preprocessing | None, frontend: AudioFrontend | MotionFrontend
) -> Windows:
    """Every window of WAV files, or of CSV files with a front end of motion, for a model whose samples have `shape`.

    Where an input holds several frames of the front end, the next one begins half an input later.  Raises InputError: a model that does
    not take what the front end computes; a file that is no recording, is not for the front end, or is shorter than an input.
    """
    elements = int(np.prod(shape))
    whole = elements > 0 and elements % frontend.features == 0
    fits = whole and (preprocessing is None or preprocessing.raw_dtype == "uint16")
    if isinstance(frontend, AudioFrontend):
        fits = takes_features(elements, preprocessing, frontend)
    if not fits:
        raise InputError(
            "is a recording, and the model does not take what its front end computes",
            on=paths[0],
            expected=f'inputs of {frontend.features} features or a multiple, not {list(shape)}, of raw_dtype "uint16"',
        )
    frames = elements // frontend.features
    names: list[str] = []
    notes: list[str] = []
    found: list[npt.NDArray[np.uint16]] = []
    for path in paths:
        features, remarks = _features(path, frontend)
        if len(features) < frames:
            raise InputError(f"has {len(features)} frames of the front end", on=path, expected=f"at least {frames}: one input of the model")
        windows = _stacked(features, frames)
        refuse_larger(4 * elements * (len(names) + len(windows)), f"{len(names) + len(windows):,} windows", path)
        names += [str(path)] if len(windows) == 1 else [f"{path}[{number}]" for number in range(len(windows))]
        notes += remarks
        found.append(windows)
    raw = np.concatenate(found).reshape(len(names), *shape)
    return Windows(tuple(names), (preprocessing or Preprocessing("uint16")).apply(raw), tuple(notes))


def _features(path: Path, frontend: AudioFrontend | MotionFrontend) -> tuple[npt.NDArray[np.uint16], list[str]]:
    """(features [frames, features], what was done to the file)."""
    if isinstance(frontend, MotionFrontend):
        return motion_features(readings_of(values_for(read_recording(path), frontend, path), frontend), frontend), []
    sound = read_sound(path, frontend.sample_rate_hz)
    return features_of(sound.samples, frontend), [f"{path.name}: {remark}" for remark in sound.remarks]


def _stacked(features: npt.NDArray[Any], frames: int) -> npt.NDArray[Any]:
    """[inputs, frames * features] of [frames of the recording, features]."""
    windows = sliding_window_view(features, frames, axis=0)[:: max(1, frames // 2)]  # [inputs, features, frames]
    return np.ascontiguousarray(np.moveaxis(windows, 2, 1)).reshape(len(windows), -1)
