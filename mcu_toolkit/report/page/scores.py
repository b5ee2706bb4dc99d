"""A runner against the labels: read from a result, or counted from the classes that it holds."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_toolkit.report.details import Predictions
from mcu_toolkit.report.page.run import ClassScore, Score
from mcu_toolkit.system.json_table import JsonTable

_MAX_CLASSES = 1000


def read_score(table: JsonTable) -> Score:
    """A runner's entry in `scores` of a result; raises ValueError for another form."""
    if table.get("kind", "classification") == "regression":
        return Score("regression", mae=table.real("mae"), rmse=table.real("rmse"), r2=table.real("r2"))
    roc = table.table("roc") if table.is_table("roc") else None
    curve = () if roc is None else tuple(zip(roc.numbers("fpr"), roc.numbers("tpr"), strict=False))
    return Score(
        kind="classification",
        labels=table.items("labels", str),
        confusion=_matrix(table),
        accuracy=table.real("accuracy"),
        per_class=tuple(
            ClassScore(one.get("label", ""), one.real("precision"), one.real("recall"), one.real("f1"), one.get("support", 0))
            for one in table.tables("per_class")
        ),
        roc=curve,
        auc=None if roc is None else roc.real("auc"),
    )


def counted(predictions: Predictions, runner: str, names: Sequence[str]) -> Score | None:
    """The score of `runner` over the samples whose classes are stored; None without labels."""
    truth, found = predictions.labels, predictions.classes.get(runner, ())
    if not truth or len(truth) != len(found):
        return None
    count = max((*truth, *found)) + 1
    if min((*truth, *found)) < 0 or count > _MAX_CLASSES:
        return None
    matrix = [[0] * count for _ in range(count)]
    for real_class, predicted in zip(truth, found, strict=True):
        matrix[real_class][predicted] += 1
    labels = tuple(names[number] if number < len(names) else str(number) for number in range(count))
    right = sum(matrix[number][number] for number in range(count))
    return Score(
        kind="classification",
        labels=labels,
        confusion=tuple(map(tuple, matrix)),
        accuracy=right / len(truth),
        per_class=tuple(_class(matrix, number, label) for number, label in enumerate(labels)),
    )


def _matrix(table: JsonTable) -> tuple[tuple[int, ...], ...]:
    rows = table.rows("confusion")
    size = len(rows)
    if size > _MAX_CLASSES or any(len(row) != size for row in rows):
        raise ValueError(f"a confusion matrix of {size} rows that is not square, or has more than {_MAX_CLASSES:,}")
    return rows


def _class(matrix: Sequence[Sequence[int]], number: int, label: str) -> ClassScore:
    """Precision: right of those called so.  Recall: right of those that are so.  F1: their harmonic mean."""
    right, support, called = matrix[number][number], sum(matrix[number]), sum(row[number] for row in matrix)
    precision = right / called if called else None
    recall = right / support if support else None
    f1 = 2 * right / (support + called) if support + called else None
    return ClassScore(label, precision, recall, f1, support)
