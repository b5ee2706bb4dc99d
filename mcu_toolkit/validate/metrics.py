"""Error metrics: how far a prediction is from a reference, as ST's validation defines them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import Metrics, RunResult
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Model
from mcu_toolkit.validate.compare import classes
from mcu_toolkit.validate.quantization import dequantize

EPS = float(np.finfo(np.float32).eps)
"""Keeps the Nash-Sutcliffe efficiency finite for a constant reference."""
_MAX_CLASSES = 1000


def metrics(reference: npt.NDArray[Any], prediction: npt.NDArray[Any]) -> Metrics:
    """Error metrics of `prediction` against `reference`, both real values [samples, ...] of the same size.

    Outputs of shape [samples, classes] with 2 to 1000 classes get `acc` and the confusion matrix too.
    """
    if reference.shape[:1] != prediction.shape[:1] or reference.size != prediction.size or not reference.size:
        raise InputError(f"arrays of shape {list(reference.shape)} and {list(prediction.shape)}", expected="equal shapes, not empty")
    r, p = reference.astype(np.float64).ravel(), prediction.astype(np.float64).ravel()
    error = r - p
    mse = float(np.mean(error**2))
    variance = float(np.var(r, ddof=1)) if r.size > 1 else 0.0
    elements = reference.size // len(reference)
    is_classifier = 2 <= elements <= _MAX_CLASSES and max(reference.shape[1:]) == elements
    confusion = confusion_matrix(classes(reference), classes(prediction), elements) if is_classifier else None
    return Metrics(
        rmse=mse**0.5,
        mae=float(np.mean(np.abs(error))),
        l2r=_ratio(float(np.linalg.norm(error)), float(np.linalg.norm(p))),
        mean=float(np.mean(error)),
        std=float(np.std(error, ddof=1)) if error.size > 1 else 0.0,
        nse=1.0 - mse / (variance + EPS),
        cos=_cosine(r, p),
        acc=None if confusion is None else float(np.trace(confusion) / len(reference)),
        confusion=() if confusion is None else tuple(tuple(row) for row in confusion.tolist()),
    )


def output_metrics(reference: RunResult, prediction: RunResult, model: Model) -> tuple[Metrics, ...]:
    """`metrics` of each output of two runners of `model`, dequantized."""
    triples = zip(reference.outputs, prediction.outputs, model.outputs, strict=True)
    return tuple(metrics(dequantize(r, tensor), dequantize(p, tensor)) for r, p, tensor in triples)


def confusion_matrix(reference: npt.NDArray[np.int64], prediction: npt.NDArray[np.int64], class_count: int) -> npt.NDArray[np.int64]:
    """Samples by class: row = class in `reference` [samples], column = class in `prediction` [samples]."""
    for found in (reference, prediction):
        if found.size and not 0 <= found.min() <= found.max() < class_count:
            raise InputError(f"class {found.min() if found.min() < 0 else found.max()}", expected=f"0..{class_count - 1}")
    matrix = np.zeros((class_count, class_count), np.int64)
    np.add.at(matrix, (reference, prediction), 1)
    return matrix


def _ratio(numerator: float, denominator: float) -> float:
    if denominator == 0.0:
        return 0.0 if numerator == 0.0 else float("inf")
    return numerator / denominator


def _cosine(r: npt.NDArray[np.float64], p: npt.NDArray[np.float64]) -> float:
    if np.array_equal(r, p):
        return 1.0
    norms = float(np.linalg.norm(r) * np.linalg.norm(p))
    return 0.0 if norms == 0.0 else float(np.dot(r, p) / norms)
