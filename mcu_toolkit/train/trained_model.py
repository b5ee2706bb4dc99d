"""The result of training, and the record of it on disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mcu_toolkit.errors import InputError
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.json_text import json_text
from mcu_toolkit.system.parsing import json_value, object_of
from mcu_toolkit.system.records import INLINE, OPTIONAL, from_plain
from mcu_toolkit.tensorflow_loader import Versions
from mcu_toolkit.train.images.options import ImageFacts
from mcu_toolkit.train.phases import fine_tuning_warning
from mcu_toolkit.train.sensors.facts import SensorFacts
from mcu_toolkit.train.task import LearnedLine
from mcu_toolkit.units import format_count, format_percent

KERAS_FILE = "model.keras"
SAVED_MODEL_FOLDER = "saved_model"
DATA_FILE = "data.npz"
RECORD_FILE = "training.json"
_SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Facts:
    """What `training.json` says: how the model was made, how good it is, hashes of what was used and written."""

    task: str
    seed: int
    epochs: int
    parameters: int
    """Weights and biases, those that training does not change (batch normalisation's statistics) included."""
    accuracy: float | None
    """Share of test samples classified right by the float model; None for a regression."""
    error: float | None
    """Mean absolute error over the test samples; None for a classification."""
    loss: float
    """Of the last epoch."""
    line: LearnedLine | None
    dataset_origin: str
    dataset_sha256: str
    weights_sha256: str
    """Over shape and content of every weight in order.  `model.keras` itself holds the date and so differs from run to run."""
    keras_sha256: str
    data_file_sha256: str
    versions: Versions
    images: ImageFacts | None = field(default=None, metadata=OPTIONAL)
    """Of a training on pictures."""
    sensors: SensorFacts | None = field(default=None, metadata=OPTIONAL)
    """Of a training on recordings of sensors."""


@dataclass(frozen=True)
class TrainedModel:
    """A folder with a trained model, its SavedModel (batch of 1) and its data."""

    folder: Path
    facts: Facts

    @property
    def keras_file(self) -> Path:
        """`model.keras`, Keras 3."""
        return self.folder / KERAS_FILE

    @property
    def saved_model(self) -> Path:
        """The folder `saved_model/`; its one signature takes a batch of exactly 1."""
        return self.folder / SAVED_MODEL_FOLDER

    @property
    def data_file(self) -> Path:
        """`data.npz`: `x` and `y` (test), `x_rep` (representative)."""
        return self.folder / DATA_FILE

    @property
    def accuracy(self) -> float | None:
        """Float accuracy over the test samples; None for a regression."""
        return self.facts.accuracy

    @property
    def parameters(self) -> int:
        """Number of weights and biases."""
        return self.facts.parameters

    @property
    def error(self) -> float | None:
        """Mean absolute error over the test samples; None for a classification."""
        return self.facts.error

    def summary_lines(self) -> list[str]:
        """The result for people, a line a fact."""
        facts = self.facts
        if facts.images is not None:
            return self._lines_about_images(facts, facts.images)
        if facts.sensors is not None:
            return self._lines_about_sensors(facts, facts.sensors)
        lines = [f"{self.folder}: {facts.task}, {format_count(facts.parameters)} parameters, {facts.epochs} epochs, seed {facts.seed}"]
        if facts.accuracy is not None:
            lines.append(f"  float accuracy {format_percent(facts.accuracy)} on the test samples")
        if facts.error is not None:
            lines.append(f"  mean absolute error {facts.error:.4g} on the test samples")
        if facts.line is not None:
            line = facts.line
            lines.append(f"  learned weight {line.slope:.4f}, bias {line.intercept:.4f}; prediction for 10: {line.prediction_for_10:.4f}")
        if not facts.epochs:
            return [*lines, f"  not trained: {facts.dataset_origin}", f"  wrote {KERAS_FILE}, {SAVED_MODEL_FOLDER}/, {RECORD_FILE}"]
        return [*lines, f"  wrote {KERAS_FILE}, {SAVED_MODEL_FOLDER}/, {DATA_FILE}, {RECORD_FILE}"]

    def _lines_about_sensors(self, facts: Facts, sensors: SensorFacts) -> list[str]:
        best, anomaly = sensors.best, sensors.anomaly
        size = f"{format_count(facts.parameters)} parameters, {len(sensors.classes)} classes"
        lines = [
            f"{self.folder}: {sensors.network}, {size}; seed {facts.seed}",
            *sensors.lines(),
            f"  epochs: {facts.epochs}, of which number {best.epoch} was kept, in {sensors.seconds:.0f} s",
        ]
        if facts.accuracy is not None:
            unseen = f"{sensors.samples['test']} test samples of {sensors.grouped_by}s that training did not have"
            lines.append(f"  float accuracy {format_percent(facts.accuracy)} on {unseen}")
        if anomaly is not None:
            lines += anomaly.lines()
        return [*lines, f"  wrote {KERAS_FILE}, model.h5, {SAVED_MODEL_FOLDER}/, {DATA_FILE}, split.json, history.png, {RECORD_FILE}"]

    def _lines_about_images(self, facts: Facts, images: ImageFacts) -> list[str]:
        network = f"{images.backbone}, alpha {images.alpha:g}, {images.size} x {images.size} pixels"
        parts = ", ".join(f"{count} {part}" for part, count in images.pictures.items())
        best, tested = images.best, images.pictures["test"]
        accuracy = "" if facts.accuracy is None else format_percent(facts.accuracy)
        lines = [
            f"{self.folder}: {network}, {format_count(facts.parameters)} parameters, {len(images.classes)} classes",
            f"  weights: {images.weights}",
            f"  pictures: {parts}; seed {facts.seed}",
            f"  best epoch: {best.phase} {best.epoch}, validation accuracy {format_percent(best.validation_accuracy)}",
            f"  epochs in all: {facts.epochs}, in {images.seconds:.0f} s",
            f"  float accuracy {accuracy} on {tested} test pictures, which neither training nor the choice of the epoch saw",
            *_about_teacher(images, accuracy),
        ]
        warning = fine_tuning_warning(images.history, best)
        if warning is not None:
            lines.insert(4, f"  {warning}")
        if images.teacher is not None:
            lines.insert(2, f"  teacher: {images.teacher}, temperature {images.temperature:g}, {images.soft_share:.0%} soft labels")
        return [*lines, f"  wrote {KERAS_FILE}, model.h5, {SAVED_MODEL_FOLDER}/, {DATA_FILE}, split.json, history.png, {RECORD_FILE}"]


def _about_teacher(images: ImageFacts, accuracy: str) -> list[str]:
    """The teacher's accuracy beside the student's."""
    if images.teacher_accuracy is None:
        return []
    seen = f"; the teacher was trained on {images.teacher_saw} of them, which flatters it" if images.teacher_saw else ""
    if images.teacher_saw is None:
        seen = "; no split.json beside the teacher says whether it was trained on them"
    return [f"  on the same pictures: student {accuracy}, teacher {format_percent(images.teacher_accuracy)}{seen}"]


@dataclass(frozen=True)
class _Record:
    """What is in the record's file."""

    schema_version: int
    facts: Facts = field(metadata=INLINE)


def render_record(facts: Facts) -> str:
    """The text of `training.json`."""
    return json_text(_Record(_SCHEMA_VERSION, facts), ascii_only=True)


def read_trained_model(folder: Path) -> TrainedModel:
    """The model that `train_task` wrote to `folder`.

    The record is written last: a folder without it is of an interrupted training.  Raises InputError for such a folder
    and for a record this version does not understand.
    """
    path = folder / RECORD_FILE
    hint = "train again: mcu train TASK -o FOLDER"
    content = read_bytes(path, kind="training record")
    try:
        record = object_of(json_value(content), "it")
        if record.get("schema_version", _SCHEMA_VERSION) != _SCHEMA_VERSION:
            raise InputError(
                "is the record of another version of this toolkit", on=path, expected=f"schema_version {_SCHEMA_VERSION}", hint=hint
            )
        return TrainedModel(folder, from_plain(_Record, record).facts)
    except ValueError as error:
        raise InputError(f"is not a training record: {error}", on=path, hint=hint) from error
