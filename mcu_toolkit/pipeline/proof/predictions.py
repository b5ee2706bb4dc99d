"""`predictions.png` and `predictions.json`: what the runner nearest to the board says of every picture of a labelled set."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import ClassificationScore, RunResult, Vectors
from mcu_toolkit.artifacts.contract import contract_of_model
from mcu_toolkit.artifacts.sample_predictions import SamplePrediction, worst_first
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.inspection.output_kind import gives_probabilities
from mcu_toolkit.pipeline.workspace.inputs import Subject
from mcu_toolkit.report import Report
from mcu_toolkit.report.predictions_picture import MOST_PICTURES, Shown, draw_predictions
from mcu_toolkit.runners import roles
from mcu_toolkit.runners.samples import sample_shape
from mcu_toolkit.system.confined import write_inside
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
    """`report` with both files, written into `folder`; without classes (or a folder) there are none, of what are no pictures the
    JSON alone.

    A model of several outputs has no such files.
    """
    runner = next((name for name in roles.nearest_to_the_board() if name in results), None)
    score = None if runner is None else report.scores.overall.get(runner)
    if folder is None or runner is None or not isinstance(score, ClassificationScore) or vectors.labels is None:
        return report
    result = results[runner]
    real = result.outputs[0] if result.outputs[0].dtype.kind == "f" else dequantize(result.outputs[0], model.outputs[0])
    ordered = worst_first(_predictions(real, vectors.labels, score.labels, probabilities=gives_probabilities(model, 0)))
    text = {
        "schema_version": _SCHEMA_VERSION,
        "model": {"name": model.name, "sha256": model.sha256},
        "runner": runner,
        "source": vectors.source,
        "order": "mistakes first, the most confident first; then what is right, the least confident first",
        "predictions": [{**to_plain(one), "right": one.is_right} for one in ordered],
        "score": to_plain(score),
    }
    content = visible_json(json.dumps(text, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    write_inside(folder, JSON, content.encode())
    first = ordered[:MOST_PICTURES]
    pictures = pictures_of(model, vectors, [one.sample for one in first])
    if pictures is None:
        return dataclasses.replace(report, files=(folder / JSON,))
    shown = [Shown(pixels, one) for pixels, one in zip(pictures, first, strict=True)]
    write_inside(folder, PICTURE, draw_predictions(f"{model.name} on {report.board or runner}", score, shown))
    return dataclasses.replace(report, files=(folder / PICTURE, folder / JSON))


def _predictions(
    real: npt.NDArray[Any], truth: npt.NDArray[np.int64], labels: Sequence[str], *, probabilities: bool
) -> list[SamplePrediction]:
    """`real` is the output [samples, ..., classes] in real values."""
    rows = np.nan_to_num(real.reshape(len(real), -1))  # what is no number comes last, and JSON has none
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
