"""Reads and checks the representative set."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.array_names import REPRESENTATIVE, TEST, TRAINING, find_inputs, find_labels
from mcu_toolkit.artifacts.data_files import read_data_file, refuse_too_large
from mcu_toolkit.artifacts.image_folder import prepared_images
from mcu_toolkit.artifacts.meant_arrays import is_one_hot
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.artifacts.unknown_arrays import unknown_calibration_arrays
from mcu_toolkit.errors import InputError
from mcu_toolkit.quantize.source import InputSpec, source_sha256
from mcu_toolkit.system.files import read_bytes, sha256_hex


@dataclass(frozen=True)
class TrainingData:
    """`x_train` [samples, *sample shape] and `y_train`: as classes if it holds such, and as it is (None without)."""

    x: npt.NDArray[Any]
    labels: npt.NDArray[np.int64] | None
    targets: npt.NDArray[Any] | None


@dataclass(frozen=True)
class TrainingArrays:
    """The training data of any model: one array an input, [samples, *sample shape], and targets by the output's name."""

    inputs: tuple[npt.NDArray[Any], ...]
    targets: Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Representative:
    """Samples for calibration: one array an input, each [samples, *sample shape], in the input's dtype."""

    arrays: tuple[npt.NDArray[Any], ...]
    sha256: str
    """Of the data file."""
    notes: tuple[str, ...]
    labels: npt.NDArray[np.int64] | None = None
    """[samples] classes, from `y_rep` (or `y` where `x` is used); None where they are not known or no classes."""
    training: TrainingData | None = None
    """What the file holds beside; for models of one input."""
    training_arrays: TrainingArrays | None = None
    """The same for models of any number of inputs, where the file has it for all of them."""
    test: npt.NDArray[Any] | None = None
    """`x` [samples, *sample shape] beside `x_rep`, where it is as it should be; for models of one input."""

    def __len__(self) -> int:
        return len(self.arrays[0])


def load_representative(
    path: Path,
    inputs: Sequence[InputSpec],
    parts: Sequence[str] = (REPRESENTATIVE, TEST),
    preprocessing: Preprocessing | None = None,
    outputs: Sequence[str] = (),
) -> Representative:
    """Read the representative set for `inputs` from an .npz file, .npy, .csv or a folder of images.

    Of an .npz file the first of `parts` that is there: the representative set (`x_rep`), else the test samples (`x`).  A
    model with several inputs has one array for each, as `array_names` says.  Images need to know the model's `preprocessing`; `outputs`
    are the names of the outputs, for the targets of the training data.  Integers that are the raw data of that preprocessing become
    real values by it.
    Raises InputError: no such file or key, wrong shape or dtype, NaN or infinite values, no samples.
    """
    if path.is_dir() and len(inputs) == 1:
        x, y = prepared_images(path, inputs[0].sample_shape, preprocessing)
        return Representative((x,), source_sha256(path), (), y)
    stored = read_data_file(path, sum(math.prod(spec.sample_shape) for spec in inputs))
    notes: list[str] = []
    names = [spec.name for spec in inputs]
    keys, part, numbered = find_inputs(stored, names, parts, path)
    if numbered:
        notes.append(f"{path.name}: {', '.join(keys)} were read as the inputs {', '.join(names)}, in this order")
    replaced = parts[0] == REPRESENTATIVE != part
    notes += unknown_calibration_arrays(stored, names, outputs, path, replaced=replaced)
    if replaced:
        used = ", ".join(keys)
        notes.append(f"{path.name} has no x_rep: calibrating with {used}. If accuracy is measured on the same samples it flatters.")
    arrays = _arrays(path, {key: stored[key] for key in keys}, inputs, preprocessing, notes)
    labels = _labels(stored, f"y{part}", len(arrays[0]))
    if f"y{part}" in stored and is_one_hot(stored[f"y{part}"], len(arrays[0])):
        notes.append(f"y{part} is one-hot: its classes are taken, save y{part}.argmax(axis=1)")
        labels = stored[f"y{part}"].reshape(len(arrays[0]), -1).argmax(axis=1).astype(np.int64)
    sha256 = sha256_hex(read_bytes(path, kind="data file"))
    training = _training(stored, inputs), _training_arrays(path, stored, inputs, outputs)
    test = _samples_or_none(stored.get("x"), inputs) if part == REPRESENTATIVE else None
    if test is not None:
        test = _real_if_raw(test, inputs[0], preprocessing)
    return Representative(arrays, sha256, tuple(notes), labels, *training, test)


def _arrays(
    path: Path,
    stored: Mapping[str, npt.NDArray[Any]],
    inputs: Sequence[InputSpec],
    preprocessing: Preprocessing | None,
    notes: list[str],
) -> tuple[npt.NDArray[Any], ...]:
    """The arrays `stored` in the file `path`, as samples of `inputs` in their dtypes; `notes` get what was changed."""
    arrays = []
    for (key, array), spec in zip(stored.items(), inputs, strict=True):
        given = _real_if_raw(array, spec, preprocessing if len(inputs) == 1 else None)
        arrays.append(_to_dtype(path, key, _to_samples(path, key, given, spec, notes), spec, notes))
    if len({len(array) for array in arrays}) > 1:
        raise InputError(f"inputs have different numbers of samples: {[len(array) for array in arrays]}", on=path)
    return tuple(arrays)


def _real_if_raw(array: npt.NDArray[Any], spec: InputSpec, preprocessing: Preprocessing | None) -> npt.NDArray[Any]:
    """The model's real inputs where `array` is raw data as `preprocessing` describes it, and the model takes real values; else `array`."""
    if preprocessing is None or np.dtype(spec.dtype).kind != "f" or not preprocessing.is_raw(array, spec.sample_shape):
        return array
    return preprocessing.apply(array)


def _labels(stored: Mapping[str, npt.NDArray[Any]], key: str, samples: int) -> npt.NDArray[np.int64] | None:
    """Classes: whole numbers from 0 on, one a sample; anything else is not taken for classes."""
    found = stored.get(key)
    if found is None or found.size != samples or found.dtype.kind not in "iuf" or not np.isfinite(found).all():
        return None
    flat = found.reshape(samples)
    return flat.astype(np.int64) if (flat == np.round(flat)).all() and flat.min() >= 0 else None


def _training(stored: Mapping[str, npt.NDArray[Any]], inputs: Sequence[InputSpec]) -> TrainingData | None:
    x, targets = _samples_or_none(stored.get("x_train"), inputs), stored.get("y_train")
    if x is None:
        return None
    known = targets is not None and targets.dtype.kind in "fiu" and targets.ndim > 0 and len(targets) == len(x)
    labels = _labels(stored, "y_train", len(x)) if targets is not None and targets.dtype.kind in "iu" else None
    return TrainingData(x, labels, targets if known else None)


def _samples_or_none(x: npt.NDArray[Any] | None, inputs: Sequence[InputSpec]) -> npt.NDArray[Any] | None:
    """`x` as samples of a model's only input; None where it is not that."""
    if x is None or len(inputs) != 1 or x.dtype.kind not in "fiu" or x.ndim == 0 or not len(x):
        return None
    shape = inputs[0].sample_shape
    return x.reshape((len(x), *shape)) if x.size == len(x) * math.prod(shape) and np.isfinite(x).all() else None


def _training_arrays(
    path: Path, stored: Mapping[str, npt.NDArray[Any]], inputs: Sequence[InputSpec], outputs: Sequence[str]
) -> TrainingArrays | None:
    try:
        keys, _, _ = find_inputs(stored, [spec.name for spec in inputs], (TRAINING,), path)
    except InputError:
        return None
    found = []
    for key, spec in zip(keys, inputs, strict=True):
        array = stored[key]
        if array.dtype.kind not in "fiu" or array.ndim == 0 or not len(array) or array.size != len(array) * math.prod(spec.sample_shape):
            return None
        found.append(array.reshape((len(array), *spec.sample_shape)))
    samples = len(found[0])
    targets = {name: array for name, (_, array) in find_labels(stored, outputs, TRAINING).items()}
    whole = all(array.dtype.kind in "fiu" and array.ndim > 0 and len(array) == samples for array in (*found, *targets.values()))
    return TrainingArrays(tuple(found), targets) if whole else None


def _to_samples(path: Path, key: str, array: npt.NDArray[Any], spec: InputSpec, notes: list[str]) -> npt.NDArray[Any]:
    """`array` as [samples, *sample shape]; dimensions of 1 may be missing or too many, everything else must agree."""
    wanted = spec.sample_shape
    if array.ndim == len(wanted) + 1 and array.shape[1:] == wanted:
        samples = array
    elif array.ndim >= 1 and math.prod(array.shape[1:]) == math.prod(wanted) and _without_ones(array.shape[1:]) == _without_ones(wanted):
        samples = array.reshape((len(array), *wanted))
        notes.append(f"{key} is {list(array.shape)}; read as {list(samples.shape)}")
    else:
        sample = ", ".join(str(size) for size in ("samples", *wanted))
        raise InputError(f"'{key}' has shape {list(array.shape)}", on=path, expected=f"[{sample}] for input '{spec.name}'")
    if len(samples) == 0:
        raise InputError(f"'{key}' has no samples", on=path, expected="at least one, better 100 or more")
    return samples


def _without_ones(shape: Sequence[int]) -> list[int]:
    return [size for size in shape if size != 1]


def _to_dtype(path: Path, key: str, array: npt.NDArray[Any], spec: InputSpec, notes: list[str]) -> npt.NDArray[Any]:
    wanted = np.dtype(spec.dtype)
    if array.dtype.kind not in "fiub" or (wanted.kind in "iu" and array.dtype.kind == "f"):
        raise InputError(f"'{key}' holds {array.dtype}", on=path, expected=f"{wanted} for input '{spec.name}'")
    if array.dtype.kind in "iu" and wanted.kind == "f":
        notes.append(
            f"{key} holds {array.dtype} ({array.min()} to {array.max()}), used as it is: right only if the model was trained on that range"
        )
    with np.errstate(over="ignore"):  # float64 values beyond float32 become infinite and are named below
        converted = array.astype(wanted)
    if wanted.kind == "f":
        refuse_too_large(array, converted, key, path)
    bad = ~np.isfinite(converted) if wanted.kind == "f" else converted != array
    if bad.any():
        where = [int(i) for i in np.argwhere(bad)[0]]
        what = "NaN or infinite" if wanted.kind == "f" else f"not {wanted}"
        raise InputError(f"'{key}' holds {int(bad.sum())} values that are {what}, the first at {where}", on=path, expected="finite numbers")
    return np.ascontiguousarray(converted)
