"""What the benchmark's runner sends for a sample: from the user's data, or from a folder of the benchmark's own data set."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware.benchmark import MODEL_VERSIONS
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.validate import inputs_for, quantize, real_inputs_for

TRUTH_FILE: Final = "y_labels.csv"
"""Of the official data sets (mlcommons/tiny, benchmark/evaluation/datasets/README.md): file, number of classes, class; for ad01
also the bytes of a window of the file, and of the step from one window to the next."""


@dataclass(frozen=True)
class Samples:
    """`wire`: the bytes of each sample as they go into the board's buffer."""

    wire: tuple[bytes, ...]
    files: npt.NDArray[np.int64]
    """[samples]: the file that a sample is a window of, counted from 0."""
    labels: npt.NDArray[np.int64] | None
    """[files]: classes; of ad01 0 normal and 1 anomaly."""


def load_samples(version: str, model: Model, data: Path | None, count: int | None, seed: int) -> Samples:
    """The samples for benchmark `version`: of the first `count` files of a data set, else as for every command.

    Raises InputError for data that do not suit the model.
    """
    kind = MODEL_VERSIONS[version]
    if data is not None and (data / TRUTH_FILE).is_file():
        return _data_set(data, count, model.inputs[0].elements * (4 if kind == "floats" else 1))
    vectors = load_inputs(model, data, count, seed)
    if kind == "floats":
        wire = tuple(sample.astype("<f4").tobytes() for sample in real_inputs_for(model, vectors)[0])
    else:
        offset = 128 if kind == "pixels" else 0
        wire = tuple((sample.astype(np.int16) + offset).astype(np.uint8).tobytes() for sample in inputs_for(model, vectors)[0])
    return Samples(wire, np.arange(len(wire)), vectors.labels)


def stored_inputs(version: str, model: Model, wire: tuple[bytes, ...]) -> npt.NDArray[np.int8]:
    """What the model gets of each sample: [samples, *shape without the batch of 1], as the firmware makes it."""
    content, kind = b"".join(wire), MODEL_VERSIONS[version]
    if kind == "floats":
        stored = quantize(np.frombuffer(content, "<f4"), model.inputs[0])
    else:
        stored = (np.frombuffer(content, np.uint8).astype(np.int16) - (128 if kind == "pixels" else 0)).astype(np.int8)
    return stored.reshape(len(wire), *model.inputs[0].shape[1:])


def _data_set(folder: Path, count: int | None, wanted_bytes: int) -> Samples:
    wire, files, labels = [], [], []
    for number, row in enumerate(_rows(folder / TRUTH_FILE)):
        if number == count:
            break
        path = folder / row[0]
        windows = list(_windows(read_bytes(path, kind="sample"), row, wanted_bytes))
        if not windows or len(windows[0]) != wanted_bytes:
            raise InputError(f"gives {len(windows)} samples of {wanted_bytes:,} bytes", on=path, expected="at least one, whole")
        wire += windows
        files += [number] * len(windows)
        labels.append(int(row[2]))
    if not wire:
        raise InputError("names no file", on=folder / TRUTH_FILE)
    return Samples(tuple(wire), np.array(files), np.array(labels))


def _windows(content: bytes, row: list[str], wanted_bytes: int) -> Iterator[bytes]:
    """The whole file, or every window of it as the row says."""
    if len(row) < 5:
        if len(content) == wanted_bytes:
            yield content
        return
    width, step = int(row[3]), int(row[4])
    for at in range(0, len(content) - width + 1, max(step, 1)):
        yield content[at : at + width]


def _rows(path: Path) -> Iterator[list[str]]:
    for row in csv.reader(io.StringIO(read_bytes(path, kind="ground truth").decode("utf-8", "replace"))):
        if not row:
            continue
        if len(row) < 3 or not all(cell.strip().isdecimal() for cell in row[1:]):
            raise InputError(
                f"has the line '{','.join(row)[:60]}'", on=path, expected="file,classes,class or file,classes,class,window bytes,step bytes"
            )
        yield [cell.strip() for cell in row]
