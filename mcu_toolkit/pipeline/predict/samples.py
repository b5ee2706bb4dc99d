"""The inputs that the user gave as words: numbers, data files, pictures, sounds, recordings of motion, folders of pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.contract import InputContract, find_frontend, read_preprocessing
from mcu_toolkit.artifacts.data_files import is_number
from mcu_toolkit.artifacts.image_folder import IMAGE_SUFFIXES
from mcu_toolkit.artifacts.motion_recording import is_recording
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.artifacts.sound import SOUND_SUFFIXES
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend import AudioFrontend
from mcu_toolkit.frontend.motion.description import MotionFrontend
from mcu_toolkit.pipeline.predict.media import files_in, read_pictures, read_sounds
from mcu_toolkit.pipeline.predict.recordings import read_windows
from mcu_toolkit.pipeline.predict.records import PredictRequest
from mcu_toolkit.system.files import require_file

DATA_SUFFIXES = (".npz", ".npy", ".csv")
Arrays = tuple[npt.NDArray[Any], ...]


@dataclass(frozen=True)
class Given:
    """A name for each sample, the values of each input, [samples, *shape], and what was done to make them fit."""

    names: tuple[str, ...]
    arrays: Arrays
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Takes:
    """What the model takes: the shape of a sample of each input, how its data files are read, how raw data becomes its input."""

    shapes: Sequence[tuple[int, ...]]
    read: Callable[[Path], Arrays]
    preprocessing: Preprocessing | None
    frontend: AudioFrontend | None = None
    """What computes its input from a sound; None: it takes none, or the samples."""
    motion: MotionFrontend | None = None
    """What computes its input from readings of motion; None: it takes none."""
    judges_windows: bool = False
    """True for a model of anomalies: of a sound every window is an input, not the beginning alone."""


def samples_of(words: Sequence[str], takes: Takes) -> Given:
    """The samples that `words` are; raises InputError for what is no number and no file, and for words of different kinds."""
    kinds = {_kind(word, takes) for word in words}
    if len(kinds) > 1:
        raise InputError(f"{' and '.join(sorted(kinds))} together", expected="inputs of one kind")
    (kind,) = kinds or {"numbers"}
    if kind == "data files":
        return _from_data(words, takes)
    if len(takes.shapes) != 1:
        raise InputError(f"{kind} for a model of {len(takes.shapes)} inputs", expected="a .npz file with an array for each of them")
    shape = takes.shapes[0]
    if kind == "numbers":
        return _from_numbers([(word, _numbers(word)) for word in words], shape)
    paths = [inner for word in words for inner in (files_in(Path(word)) if _is_folder(word) else [Path(word)])]
    for path in paths:
        require_file(path, kind=kind.removesuffix("s"))
    windowed = takes.motion if kind == "recordings" else takes.frontend if kind == "sounds" and takes.judges_windows else None
    if windowed is not None:
        windows = read_windows(paths, shape, takes.preprocessing, windowed)
        return Given(windows.names, (windows.array,), windows.notes)
    if kind == "pictures":
        found = read_pictures(paths, shape, takes.preprocessing)
    else:
        found = read_sounds(paths, shape, takes.preprocessing, takes.frontend)
    return Given(tuple(map(str, paths)), (found.array,), found.notes)


def _kind(word: str, takes: Takes) -> str:
    suffix = Path(word).suffix.lower()
    if takes.motion is not None and len(takes.shapes) == 1 and is_recording(Path(word), takes.motion, math.prod(takes.shapes[0])):
        return "recordings"
    if suffix in DATA_SUFFIXES:
        return "data files"
    if suffix in IMAGE_SUFFIXES or (not is_number(word) and _is_folder(word)):
        return "pictures"
    return "sounds" if suffix in SOUND_SUFFIXES else "numbers"


def _is_folder(word: str) -> bool:
    try:
        return Path(word).is_dir()
    except OSError:  # too long for a name
        return False


def _from_data(words: Sequence[str], takes: Takes) -> Given:
    names: list[str] = []
    arrays: list[Arrays] = []
    for word in words:
        found = takes.read(Path(word))
        names += [word if len(found[0]) == 1 else f"{word}[{number}]" for number in range(len(found[0]))]
        if arrays and any(one.dtype != other.dtype for one, other in zip(found, arrays[0], strict=True)):
            raise InputError("holds another type of numbers than the file before", on=word, expected="real values in all, or in none")
        arrays.append(found)
    return Given(tuple(names), tuple(np.concatenate(parts) for parts in zip(*arrays, strict=True)))


def _from_numbers(rows: Sequence[tuple[str, list[float]]], shape: tuple[int, ...]) -> Given:
    wanted = math.prod(shape)
    if all(len(values) == 1 for _, values in rows) and wanted > 1:  # an input's numbers with blanks between them
        rows = [(" ".join(word for word, _ in rows), [values[0] for _, values in rows])]
    for word, values in rows:
        if len(values) != wanted:
            raise InputError(
                f"'{word}' is {len(values)} number{'s' if len(values) > 1 else ''}",
                expected=f"{wanted} for an input of shape {list(shape)}, with commas between them, or a .npz, .npy or .csv file",
            )
    table = np.array([values for _, values in rows], np.float32).reshape(len(rows), *shape)
    return Given(tuple(word for word, _ in rows), (table,))


def _numbers(word: str) -> list[float]:
    try:
        values = [float("" if "_" in part else part) for part in word.split(",")]  # Python reads 1_0 as 10; nobody else does
    except ValueError:
        kind = "option" if word.startswith("-") else "input"
        files = ", ".join((*DATA_SUFFIXES, *IMAGE_SUFFIXES, *SOUND_SUFFIXES))
        raise InputError(
            f"unknown {kind} '{word}'",
            expected=f"numbers such as -3 or 1,2.5,-3, a folder of pictures, or a file that ends in {files}",
            hint="mcu predict --help lists the options",
        ) from None
    if not np.isfinite(np.asarray(values, np.float32)).all():
        raise InputError(f"'{word}' is not finite in 32 bits", expected="finite numbers")
    return values


def takes_by(contract: InputContract, request: PredictRequest, shapes: Sequence[tuple[int, ...]], read: Callable[[Path], Arrays]) -> Takes:
    """What a model of this contract takes, with what the user says about it; raises what `preprocessing_of` and `frontend_of` raise."""
    described, frontend = preprocessing_of(contract, request), frontend_of(contract, request)
    return Takes(shapes, read, described, frontend, contract.motion, contract.anomaly is not None)


def frontend_of(contract: InputContract, request: PredictRequest) -> AudioFrontend | None:
    """What computes the inputs from sounds; raises what `find_frontend` raises."""
    return contract.frontend if request.frontend is None else find_frontend(request.frontend)


def preprocessing_of(contract: InputContract, request: PredictRequest) -> Preprocessing | None:
    """How raw data becomes inputs; raises what `read_preprocessing` raises."""
    return contract.preprocessing if request.preprocessing is None else read_preprocessing(request.preprocessing)


def named_classes(contract: InputContract, request: PredictRequest) -> tuple[str, ...]:
    """The names of the classes in the preprocessing; none where it has none."""
    described = preprocessing_of(contract, request)
    return () if described is None else described.labels
