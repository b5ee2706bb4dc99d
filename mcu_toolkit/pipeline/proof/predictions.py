"""`predictions.png` and `predictions.json`: what the runner nearest to the board says of every picture of a labelled set."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import ClassificationScore, RunResult, Vectors
from mcu_toolkit.artifacts.contract import contract_of_model
from mcu_toolkit.artifacts.sample_predictions import SamplePrediction, worst_first
from mcu_toolkit.model import Model, output_names
from mcu_toolkit.pipeline.inspection.output_kind import gives_probabilities, is_binary
from mcu_toolkit.pipeline.proof.accuracies import real_output, true_classes
from mcu_toolkit.pipeline.workspace.inputs import Subject
from mcu_toolkit.report import Report
from mcu_toolkit.report.predictions_picture import MOST_PICTURES, Shown, draw_predictions
from mcu_toolkit.runners import roles
from mcu_toolkit.runners.samples import sample_shape
from mcu_toolkit.system.confined import write_inside
from mcu_toolkit.system.json_text import json_text
from mcu_toolkit.system.records import to_plain
from mcu_toolkit.system.sinks import file_stem
from mcu_toolkit.terminal_text import visible_json
from mcu_toolkit.validate import dequantize

PICTURE, JSON = "predictions.png", "predictions.json"
_SCHEMA_VERSION = 1
_SMALLEST_SIDE = 8
"""Pixels: what is smaller is no picture that one can look at."""


def predictions_folder(asked: Path | None, subject: Subject, model: Model) -> Path | None:
    """Where the files of `model` go: the folder asked for, and of several models one in it for each."""
    if asked is None or len(subject.models) == 1:
        return asked
    return asked / file_stem(model.name)


def with_predictions(report: Report, folder: Path | None, results: Mapping[str, RunResult], model: Model, vectors: Vectors) -> Report:
    """`report` with both files for each output that has classes, written into `folder`; of what are no pictures the JSON alone.

    Without labels, or without a folder, there are none.  Of several outputs the name of each is in those of its files.
    """
    runner = next((name for name in roles.nearest_to_the_board() if name in results), None)
    if folder is None or runner is None:
        return report
    names, files = output_names(model), []
    for number, name in enumerate(names):
        scores = report.scores.by_output.get(name, {}) if len(names) > 1 else report.scores.overall
        score, truth = scores.get(runner), true_classes(model, number, vectors)
        if isinstance(score, ClassificationScore) and truth is not None:
            judged = _Judged(model, number, runner, results[runner], score, truth)
            files += _write(folder, judged, vectors, f"{model.name} on {report.board or runner}")
    return dataclasses.replace(report, files=tuple(files)) if files else report


@dataclass(frozen=True)
class _Judged:
    """An output with classes, what a runner gave there, and what is right."""

    model: Model
    output: int
    runner: str
    result: RunResult
    score: ClassificationScore
    truth: npt.NDArray[np.int64]

    @property
    def ordered(self) -> tuple[SamplePrediction, ...]:
        """Every sample, the worst first."""
        real = real_output(self.result, self.model, self.output)
        rows = np.nan_to_num(real.reshape(len(real), -1))  # what is no number comes last, and JSON has none
        if rows.shape[1] == 1:  # the probability of the second class
            rows = np.concatenate([1.0 - rows, rows], axis=1)
        probabilities = gives_probabilities(self.model, self.output) or is_binary(self.model, self.output)
        return worst_first(_predictions(rows, self.truth, self.score.labels, probabilities=probabilities))

    def file(self, name: str) -> str:
        """The name of its file: `predictions.png`, of several outputs `predictions-<output>.png`."""
        names, (stem, ending) = output_names(self.model), name.split(".")
        return name if len(names) == 1 else f"{stem}-{file_stem(names[self.output])}.{ending}"


def _write(folder: Path, judged: _Judged, vectors: Vectors, title: str) -> list[Path]:
    model, ordered, several = judged.model, judged.ordered, len(judged.model.outputs) > 1
    text = {
        "schema_version": _SCHEMA_VERSION,
        "model": {"name": model.name, "sha256": model.sha256},
        "output": output_names(model)[judged.output],
        "runner": judged.runner,
        "source": vectors.source,
        "order": "mistakes first, the most confident first; then what is right, the least confident first",
        "predictions": [{**to_plain(one), "right": one.is_right} for one in ordered],
        "score": to_plain(judged.score),
    }
    content = visible_json(json_text(text, indent=1))
    json_file, picture_file = judged.file(JSON), judged.file(PICTURE)
    write_inside(folder, json_file, content.encode())
    first = ordered[:MOST_PICTURES]
    pictures = pictures_of(model, vectors, [one.sample for one in first])
    if pictures is None:
        return [folder / json_file]
    shown = [Shown(pixels, one) for pixels, one in zip(pictures, first, strict=True)]
    title += f", output {output_names(model)[judged.output]}" if several else ""
    write_inside(folder, picture_file, draw_predictions(title, judged.score, shown))
    return [folder / picture_file, folder / json_file]


def _predictions(
    rows: npt.NDArray[Any], truth: npt.NDArray[np.int64], labels: Sequence[str], *, probabilities: bool
) -> list[SamplePrediction]:
    """`rows` are real values [samples, classes]."""
    found = []
    for number, (row, true) in enumerate(zip(rows, truth.tolist(), strict=True)):
        best = int(row.argmax())
        others = np.delete(row, best) if best == true else row[[true]]
        found.append(
            SamplePrediction(
                sample=number,
                truth=true,
                truth_label=labels[true],
                predicted=best,
                label=labels[best],
                probability=float(row[best]) if probabilities else None,
                margin=float(row[best] - others.max()),
            )
        )
    return found


def pictures_of(model: Model, vectors: Vectors, samples: Sequence[int]) -> list[npt.NDArray[np.uint8]] | None:
    """The pictures `samples` as uint8 [height, width, 1 or 3], as they were before the model's preprocessing; None where the inputs
    are no pictures: one array of two dimensions, or three with one or three channels, at least 8 pixels on a side."""
    if len(model.inputs) != 1:
        return None
    preprocessing = contract_of_model(model).preprocessing
    first = preprocessing is not None and preprocessing.layout == "chw"
    shape = sample_shape(model.inputs[0])
    shape = (*shape, 1) if len(shape) == 2 else shape
    if len(shape) != 3:
        return None
    height, width, channels = (*shape[1:], shape[0]) if first else shape
    if min(height, width) < _SMALLEST_SIDE or channels not in (1, 3):
        return None
    stored = vectors.inputs[0][list(samples)].reshape(len(samples), *shape)
    real = stored if stored.dtype.kind == "f" else dequantize(stored, model.inputs[0])
    pictures = (np.moveaxis(real, 1, -1) if first else real).astype(np.float32)
    if preprocessing is None or preprocessing.raw_dtype != "uint8" or preprocessing.channel_source:
        low, high = float(pictures.min()), float(pictures.max())  # how the pixels were made is not known: black to white
        raw = (pictures - low) * np.float32(255 / max(high - low, 1e-12))
    else:
        raw = pictures / np.asarray(preprocessing.scale, np.float32) + np.asarray(preprocessing.mean, np.float32)
    return [*np.clip(np.rint(raw), 0, 255).astype(np.uint8)]
