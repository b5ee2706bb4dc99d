"""What a training on recordings leaves in its folder: the model in three formats, its data, its split, and how good it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.contract import InputContract, store_in_keras, store_in_saved_model
from mcu_toolkit.system.files import atomic_path, read_bytes, sha256_hex, write_text
from mcu_toolkit.tensorflow_loader import installed_versions, quiet
from mcu_toolkit.train.class_folder import Skipped
from mcu_toolkit.train.history_plot import PLOT_FILE, write_plot
from mcu_toolkit.train.saving import save_model, weights_sha256
from mcu_toolkit.train.sensors.facts import SensorFacts
from mcu_toolkit.train.sensors.recordings import SPLIT_FILE, Split, render_split
from mcu_toolkit.train.trained_model import DATA_FILE, KERAS_FILE, RECORD_FILE, SAVED_MODEL_FOLDER, Facts, render_record

H5_FILE = "model.h5"
FILES = (KERAS_FILE, H5_FILE, SAVED_MODEL_FOLDER, DATA_FILE, SPLIT_FILE, PLOT_FILE, RECORD_FILE)
"""Written to the folder; the last is the seal."""
MOST_TEST, MOST_REPRESENTATIVE = 2000, 300
"""Samples in the data file, however many there are."""


@dataclass(frozen=True)
class Results:
    """What a task hands over to be written."""

    task: str
    seed: int
    origin: str
    """Where the data comes from, for reports."""
    contract: InputContract
    arrays: dict[str, npt.NDArray[Any]]
    """Of the data file: `x`, `x_rep` and, for classes, `y` and `y_rep`; raw data as the contract has it."""
    accuracy: float | None
    error: float | None


def write_outcome(
    model: Any, results: Results, sensors: SensorFacts, found: tuple[Split, tuple[Skipped, ...]], work: Path, *, classifies: bool = True
) -> Facts:
    """Write all of `FILES` into `work`; returns what `training.json` says.  With `classifies` the plot shows the accuracy, too."""
    split, skipped = found
    save_model(model, tuple(model.inputs[0].shape)[1:], work)
    with quiet():
        model.save(work / H5_FILE)
    store_in_keras(work / KERAS_FILE, results.contract)
    store_in_saved_model(work / SAVED_MODEL_FOLDER, results.contract)
    with atomic_path(work / DATA_FILE) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **results.arrays)
    write_text(work / SPLIT_FILE, render_split(split, sensors.classes, skipped, grouped_by=sensors.grouped_by))
    write_plot(work / PLOT_FILE, sensors.history, sensors.best, with_accuracy=classifies)
    listed = sorted(f"{one.name} {one.sha256}\n" for _, part in split.parts() for one in part)
    facts = Facts(
        task=results.task,
        seed=results.seed,
        epochs=len(sensors.history),
        parameters=int(model.count_params()),
        accuracy=results.accuracy,
        error=results.error,
        loss=sensors.best.loss,
        line=None,
        dataset_origin=results.origin,
        dataset_sha256=sha256_hex("".join(listed).encode("utf-8", "backslashreplace")),
        weights_sha256=weights_sha256(model),
        keras_sha256=sha256_hex(read_bytes(work / KERAS_FILE)),
        data_file_sha256=sha256_hex(read_bytes(work / DATA_FILE)),
        versions=installed_versions(),
        sensors=sensors,
    )
    write_text(work / RECORD_FILE, render_record(facts))
    return facts


def spread(labels: npt.NDArray[np.int64], most: int, seed: int) -> npt.NDArray[np.int64]:
    """Indices of up to `most` samples, of every class alike as far as there are any."""
    order = np.random.default_rng(seed).permutation(len(labels))
    turn = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        own = order[labels[order] == label]
        turn[own] = np.arange(len(own))
    return np.asarray(order[np.argsort(turn[order], kind="stable")][:most])
