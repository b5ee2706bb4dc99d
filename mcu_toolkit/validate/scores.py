"""Right or wrong, by labels: confusion matrix, precision, recall, F1, ROC for classes; MAE, RMSE, R2 for real values.

Formulas: C. D. Manning, P. Raghavan, H. Schütze, Introduction to Information Retrieval, Cambridge University Press 2008, section 8.3
(precision, recall, F1); T. Fawcett, An introduction to ROC analysis, Pattern Recognition Letters 27 (2006), algorithms 1 and 2 (the
curve, and its area by trapezoids); N. R. Draper, H. Smith, Applied Regression Analysis, 3rd edition, Wiley 1998, section 1.3 (R2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.scores import ClassificationScore, ClassScore, RegressionScore, Roc, ValueScore
from mcu_toolkit.errors import InputError
from mcu_toolkit.validate.compare import classes
from mcu_toolkit.validate.metrics import confusion_matrix

MAX_CLASSES = 1000
"""The confusion matrix has the square of it: more is no classifier for a microcontroller."""
_MAX_ROC_POINTS = 1000
_MAX_ELEMENTS = 16
_MAX_KEPT_SAMPLES = 1000
_BINARY_THRESHOLD = 0.5


def score_classes(
    output: npt.NDArray[Any], truth: npt.NDArray[np.int64], labels: Sequence[str] = (), *, logits: bool = False
) -> ClassificationScore:
    """How often `output` [samples, ..., classes], real values or the stored integers of one scale, names the classes `truth` [samples].

    An output of one element is the probability of the second of two classes, in real values, or with `logits` its logarithmic odds:
    above 0.5 (above 0) it means that class.  `labels` are the classes' names, if there is one for each; else their numbers are used.
    Raises InputError for no samples, unequal numbers of them, and for classes that the output does not have.
    """
    if len(output) != len(truth) or not len(truth):
        raise InputError(f"{len(output)} outputs and {len(truth)} labels", expected="equally many, and at least one")
    rows = output.reshape(len(output), -1)
    elements = rows.shape[1]
    count = max(elements, 2)
    if elements == 0 or count > MAX_CLASSES:
        raise InputError(f"an output of {elements:,} elements", expected=f"1 to {MAX_CLASSES:,} classes")
    found = classes(rows) if elements > 1 else (rows[:, 0] > (0 if logits else _BINARY_THRESHOLD)).astype(np.int64)
    matrix = confusion_matrix(truth, found, count)
    names = tuple(labels) if len(labels) == count else tuple(map(str, range(count)))
    margin = rows[:, 0].astype(np.float64) if elements == 1 else rows[:, 1].astype(np.float64) - rows[:, 0].astype(np.float64)
    return ClassificationScore(
        labels=names,
        confusion=tuple(tuple(row) for row in matrix.tolist()),
        accuracy=float(np.trace(matrix) / len(truth)),
        per_class=tuple(_class_score(name, number, matrix) for number, name in enumerate(names)),
        roc=roc(margin, truth == 1) if count == 2 else None,
    )


def _class_score(name: str, number: int, matrix: npt.NDArray[np.int64]) -> ClassScore:
    right, said, there = int(matrix[number, number]), int(matrix[:, number].sum()), int(matrix[number].sum())
    return ClassScore(
        label=name,
        precision=right / said if said else 0.0,
        recall=right / there if there else 0.0,
        f1=2 * right / (said + there) if said + there else 0.0,
        support=there,
    )


def roc(score: npt.NDArray[np.float64], positive: npt.NDArray[np.bool_]) -> Roc | None:
    """The curve of `score` [samples], higher where `positive` [samples] is more likely; None where all samples are of one class.

    Samples of one score share a point.  Points on a straight line between their neighbours are left out, and of very many some; the
    area is that of all.
    """
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        return None
    order = np.argsort(-score, kind="stable")
    last_of_equals = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    found = np.append(0, np.cumsum(positive[order])[last_of_equals])
    wrong = np.append(0, np.cumsum(~positive[order])[last_of_equals])
    doubled_area = int((np.diff(wrong) * (found[1:] + found[:-1])).sum())  # in integers: exact
    keep = _corners(wrong, found)
    return Roc(
        fpr=tuple((wrong[keep] / negatives).tolist()),
        tpr=tuple((found[keep] / positives).tolist()),
        auc=doubled_area / (2 * positives * negatives),
    )


def _corners(x: npt.NDArray[np.int64], y: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The first and last point of a line, and those where it bends; evenly chosen ones of them where these are too many."""
    across, up = np.diff(x), np.diff(y)
    bends = np.flatnonzero(across[:-1] * up[1:] != across[1:] * up[:-1]) + 1
    keep = np.concatenate(([0], bends, [len(x) - 1]))
    if len(keep) > _MAX_ROC_POINTS:
        keep = keep[np.linspace(0, len(keep) - 1, _MAX_ROC_POINTS).round().astype(np.int64)]
    return keep


def score_values(output: npt.NDArray[Any], truth: npt.NDArray[Any], name: str = "") -> RegressionScore:
    """How far `output` [samples, ...] is from `truth`, both real values of the same number; `name` is the output's.

    Raises InputError for no samples, or arrays that do not go together.
    """
    if not len(truth) or len(output) != len(truth) or output.size != truth.size:
        raise InputError(f"arrays of shape {list(output.shape)} and {list(truth.shape)}", expected="equal shapes, not empty")
    p, t = (array.astype(np.float64).reshape(len(truth), -1) for array in (output, truth))
    elements = p.shape[1]
    return RegressionScore(
        mae=_mae(p, t),
        rmse=_rmse(p, t),
        r2=_r2(p, t),
        outputs=tuple(
            ValueScore(
                name=name if elements == 1 else f"{name}[{number}]",
                mae=_mae(p[:, number], t[:, number]),
                rmse=_rmse(p[:, number], t[:, number]),
                r2=_r2(p[:, number], t[:, number]),
                truth=tuple(t[:_MAX_KEPT_SAMPLES, number].tolist()),
                prediction=tuple(p[:_MAX_KEPT_SAMPLES, number].tolist()),
            )
            for number in range(min(elements, _MAX_ELEMENTS))
        ),
        samples=len(truth),
    )


def _mae(p: npt.NDArray[np.float64], t: npt.NDArray[np.float64]) -> float:
    return float(np.mean(np.abs(p - t)))


def _rmse(p: npt.NDArray[np.float64], t: npt.NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean((p - t) ** 2)))


def _r2(p: npt.NDArray[np.float64], t: npt.NDArray[np.float64]) -> float | None:
    """1 - residual sum of squares / total sum of squares, each element around its own mean."""
    total = float(((t - t.mean(axis=0)) ** 2).sum())
    return None if total == 0.0 else 1.0 - float(((p - t) ** 2).sum()) / total
