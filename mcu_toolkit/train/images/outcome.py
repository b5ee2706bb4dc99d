"""What a training on pictures leaves in its folder: the model in three formats, its data, and how good it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.contract import InputContract, store_in_keras, store_in_saved_model
from mcu_toolkit.artifacts.picture import CROP
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.artifacts.profile import profile_if_telling
from mcu_toolkit.system.files import atomic_path, read_bytes, sha256_hex
from mcu_toolkit.tensorflow_loader import installed_versions, quiet
from mcu_toolkit.train.history_plot import PLOT_FILE
from mcu_toolkit.train.images.batches import Reading, picture_batches, read_all
from mcu_toolkit.train.images.options import ImageFacts, ImageOptions
from mcu_toolkit.train.images.picture_folder import Picture
from mcu_toolkit.train.images.split import SPLIT_FILE, Split
from mcu_toolkit.train.saving import save_model, weights_sha256
from mcu_toolkit.train.trained_model import DATA_FILE, KERAS_FILE, RECORD_FILE, SAVED_MODEL_FOLDER, Facts

H5_FILE = "model.h5"
RECORD = RECORD_FILE
FILES = (KERAS_FILE, H5_FILE, SAVED_MODEL_FOLDER, DATA_FILE, SPLIT_FILE, PLOT_FILE, RECORD_FILE)
"""Written to the folder; the last is the seal."""
MOST_TEST, MOST_REPRESENTATIVE = 1000, 300
"""Pictures in the data file, however many there are."""
_PROFILED = 100
"""Pictures whose statistics are kept with the model."""


def write_outcome(tensorflow: Any, model: Any, images: ImageFacts, trained_on: tuple[Reading, Split, ImageOptions], work: Path) -> Facts:
    """Write the model and its data into `work`; returns what `training.json` says, the accuracy over all test pictures in it."""
    reading, split, options = trained_on
    save_model(model, (options.size, options.size, 3), work)
    with quiet():
        model.save(work / H5_FILE)
    x_rep, y_rep = read_all(reading, _representative(split, reading.classes))
    contract = input_contract(reading, x_rep, y_rep)
    store_in_keras(work / KERAS_FILE, contract)
    store_in_saved_model(work / SAVED_MODEL_FOLDER, contract)
    x, y = read_all(reading, split.test[:MOST_TEST])
    with atomic_path(work / DATA_FILE) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, x=x, y=y, x_rep=x_rep, y_rep=y_rep)
    data_sha256 = sha256_hex(read_bytes(work / DATA_FILE))
    accuracy, of_teacher = _accuracies(tensorflow, model, reading, split.test)
    return Facts(
        task="images",
        seed=options.seed,
        epochs=len(images.history),
        parameters=int(model.count_params()),
        accuracy=accuracy,
        error=None,
        loss=images.best.loss,
        line=None,
        dataset_origin=f"{sum(images.pictures.values())} pictures of the folder {reading.folder.folder.name}",
        dataset_sha256=sha256_hex(
            "".join(f"{one.name} {one.sha256}\n" for one in reading.folder.pictures).encode("utf-8", "backslashreplace")
        ),
        weights_sha256=weights_sha256(model),
        keras_sha256=sha256_hex(read_bytes(work / KERAS_FILE)),
        data_file_sha256=data_sha256,
        versions=installed_versions(),
        images=replace(images, teacher_accuracy=of_teacher),
    )


def input_contract(reading: Reading, x: npt.NDArray[np.uint8], y: npt.NDArray[np.int64]) -> InputContract:
    """What is stored with the model: pixels as they are, the classes' names, how other sizes are fitted, how the pictures look."""
    preprocessing = Preprocessing("uint8", layout="hwc", channel_order="rgb", labels=reading.folder.classes, fit=CROP)
    profile = profile_if_telling(x[:_PROFILED].astype(np.float32), y[:_PROFILED], classes=reading.classes)
    return InputContract(preprocessing, profile)


def _representative(split: Split, classes: int) -> list[Picture]:
    """Training pictures to choose scales with: of every class alike, as far as there are any."""
    by_class = [[picture for picture in split.train if picture.label == label] for label in range(classes)]
    turns = max(len(own) for own in by_class)
    in_turn = [own[turn] for turn in range(turns) for own in by_class if turn < len(own)]
    return in_turn[:MOST_REPRESENTATIVE]


def _accuracies(tensorflow: Any, model: Any, reading: Reading, pictures: tuple[Picture, ...]) -> tuple[float, float | None]:
    """Shares of `pictures` that the model and its teacher (None without one) classify right; read batch by batch."""
    batches, classes = picture_batches(tensorflow, reading, pictures), reading.classes
    right = of_teacher = 0
    for number in range(len(batches)):
        x, y, _ = batches[number]
        truth = y[:, :classes].argmax(axis=1)
        right += int((model.predict_on_batch(x).argmax(axis=1) == truth).sum())
        if reading.teacher is not None:
            of_teacher += int((y[:, classes:].argmax(axis=1) == truth).sum())
    return right / len(pictures), None if reading.teacher is None else of_teacher / len(pictures)
