"""Recordings of a machine, sounds or motion, as the inputs of an autoencoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from mcu_toolkit.artifacts.sound import sound_in
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend import AudioFrontend, features_of
from mcu_toolkit.frontend.motion.description import MotionFrontend
from mcu_toolkit.frontend.presets import MACHINE
from mcu_toolkit.train.class_folder import FileKind, Skipped, content_with_hash, examine_files, list_files, unchanged_content
from mcu_toolkit.train.motion.recordings import read_movements
from mcu_toolkit.train.sensors.recordings import Recording

NORMAL = "normal"
FRAMES = 5
"""Of sound that one input holds, as in MLPerf Tiny's anomaly detection."""
_FEWEST = 1
_ENOUGH = "; 20 or more normal ones give a useful model"
_HOP_FRAMES = 2
"""From one input to the next."""


@dataclass(frozen=True)
class Machine:
    """What is in the folder."""

    folder: Path
    classes: tuple[str, ...]
    """`normal`, and what else there is: anomalies."""
    recordings: tuple[Recording, ...]
    skipped: tuple[Skipped, ...]
    audio: AudioFrontend | None
    motion: MotionFrontend | None
    remarks: dict[str, int]
    inputs: Callable[[Recording], npt.NDArray[np.uint16]]
    """Of a recording, uint16 [inputs, features]; raises InputError where the file has changed since it was examined."""

    @property
    def lines(self) -> tuple[str, ...]:
        """What computes the inputs, for people."""
        if self.audio is not None:
            return (*self.audio.lines(), f"{FRAMES} frames an input")
        assert self.motion is not None
        return tuple(self.motion.lines())


def read_machine(
    folder: Path,
    frontend: AudioFrontend | MotionFrontend | None,
    rate_hz: float | None,
    *,
    skip_corrupt: bool,
    on_file: Callable[[int, int], None] | None = None,
) -> Machine:
    """Look at every recording of `folder`: WAV files if there are any, else CSV files.

    Raises InputError for what `examine_files` and `read_movements` refuse, and for a folder without a sub-folder `normal`.
    """
    suffix = _suffix(folder)
    kind = FileKind("recording", (suffix,), _FEWEST, enough=_ENOUGH, fewest_classes=1)
    names = list_files(folder, kind).classes
    if NORMAL not in names:
        raise InputError(f"has no sub-folder '{NORMAL}'", on=folder, expected=f"{NORMAL}/ with recordings of the machine running well")
    if suffix == ".csv":
        if isinstance(frontend, AudioFrontend):
            raise InputError("holds CSV files, and the front end takes sounds", on=folder, expected="a front end with axes, or none")
        found = read_movements(folder, frontend, rate_hz, skip_corrupt=skip_corrupt, kind=kind, on_file=on_file)
        return Machine(folder, found.classes, found.recordings, found.skipped, None, found.frontend, {}, found.features)
    if isinstance(frontend, MotionFrontend):
        raise InputError("holds WAV files, and the front end takes motion", on=folder, expected="a front end of sounds, or none")
    return _of_sounds(folder, kind, frontend or MACHINE, skip_corrupt=skip_corrupt, on_file=on_file)


def _suffix(folder: Path) -> str:
    """Of most files."""
    names = [name for name, _ in list_files(folder, FileKind("recording", (".wav", ".csv"), _FEWEST, fewest_classes=1)).files]
    sounds = sum(Path(name).suffix.lower() == ".wav" for name in names)
    return ".wav" if 2 * sounds >= len(names) else ".csv"


def _of_sounds(
    folder: Path, kind: FileKind, frontend: AudioFrontend, *, skip_corrupt: bool, on_file: Callable[[int, int], None] | None
) -> Machine:
    remarks: dict[str, int] = {}

    def examine(name: str, label: int) -> Recording:
        try:
            content, sha256 = content_with_hash(folder / name, "sound")
            sound = sound_in(content, folder / name, frontend.sample_rate_hz)
        except InputError as error:
            raise ValueError(error.what) from None
        if len(sound.samples) < frontend.samples_for(FRAMES):
            raise ValueError(f"it has {len(sound.samples):,} samples at {frontend.sample_rate_hz:,} Hz, an input takes more")
        for remark in (*sound.changes, *(["clipped at full scale"] if sound.clipped else [])):
            remarks[remark] = remarks.get(remark, 0) + 1
        return Recording(name, label, sha256, name)

    def inputs(recording: Recording) -> npt.NDArray[np.uint16]:
        path = folder / recording.name
        sound = sound_in(unchanged_content(path, recording.sha256, "sound"), path, frontend.sample_rate_hz)
        return stacked(features_of(sound.samples, frontend))

    classes, recordings, skipped = examine_files(folder, kind, examine, skip_corrupt=skip_corrupt, on_file=on_file)
    return Machine(folder, classes, recordings, skipped, frontend, None, remarks, inputs)


def stacked(features: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """Frames [frames, bands] as inputs of `FRAMES` that follow each other: [inputs, FRAMES * bands]."""
    windows = sliding_window_view(features, FRAMES, axis=0)[::_HOP_FRAMES]  # [inputs, bands, FRAMES]
    return np.ascontiguousarray(np.moveaxis(windows, 2, 1)).reshape(len(windows), -1)


def of_label(recordings: Sequence[Recording], label: int) -> list[Recording]:
    """Those of one class."""
    return [one for one in recordings if one.label == label]
