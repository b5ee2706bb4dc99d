"""A runner against the labels: read from a result, or counted from the classes that it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mcu_toolkit.artifacts.scores import ClassificationScore, ClassScore, RegressionScore, Roc, Score, ValueScore
from mcu_toolkit.report.details import Predictions
from mcu_toolkit.system.json_table import JsonTable
from mcu_toolkit.system.parsing import object_of

_MAX_CLASSES = 1000


def read_scores(value: object, what: str) -> dict[str, Score]:
    """`scores` of a result, by runner; raises ValueError for another form."""
    return {name: _score(JsonTable(one, name)) for name, one in object_of(value, what).items()}


def counted(predictions: Predictions, names: Sequence[str]) -> Mapping[str, Score]:
    """By runner, of the samples whose classes are stored; empty without labels."""
    truth = predictions.labels
    found = {runner: classes for runner, classes in predictions.classes.items() if truth and len(truth) == len(classes)}
    everything = [number for classes in (truth, *found.values()) for number in classes]
    if not found or min(everything) < 0 or max(everything) >= _MAX_CLASSES:
        return {}
    count = max(everything) + 1
    labels = tuple(names[number] if number < len(names) else str(number) for number in range(count))
    return {runner: _counted(truth, classes, labels) for runner, classes in found.items()}


def _counted(truth: Sequence[int], found: Sequence[int], labels: tuple[str, ...]) -> ClassificationScore:
    matrix = [[0] * len(labels) for _ in labels]
    for true_class, predicted in zip(truth, found, strict=True):
        matrix[true_class][predicted] += 1
    right = sum(matrix[number][number] for number in range(len(labels)))
    return ClassificationScore(
        labels=labels,
        confusion=tuple(map(tuple, matrix)),
        accuracy=right / len(truth),
        per_class=tuple(_class(matrix, number, label) for number, label in enumerate(labels)),
    )


def _class(matrix: Sequence[Sequence[int]], number: int, label: str) -> ClassScore:
    """As `validate/scores.py` defines it."""
    right, support, called = matrix[number][number], sum(matrix[number]), sum(row[number] for row in matrix)
    return ClassScore(
        label=label,
        precision=right / called if called else 0.0,
        recall=right / support if support else 0.0,
        f1=2 * right / (support + called) if support + called else 0.0,
        support=support,
    )


def _score(table: JsonTable) -> Score:
    if table.get("kind", "classification") == "regression":
        return RegressionScore(
            mae=table.real("mae") or 0.0,
            rmse=table.real("rmse") or 0.0,
            r2=table.real("r2"),
            outputs=tuple(map(_value, table.tables("outputs"))),
            samples=table.get("samples", 0),
        )
    rows = table.rows("confusion")
    if len(rows) > _MAX_CLASSES or any(len(row) != len(rows) for row in rows):
        raise ValueError(f"a confusion matrix of {len(rows)} rows that is not square, or has more than {_MAX_CLASSES:,}")
    return ClassificationScore(
        labels=table.items("labels", str),
        confusion=rows,
        accuracy=table.real("accuracy") or 0.0,
        per_class=tuple(map(_class_of, table.tables("per_class"))),
        roc=_roc(table.table("roc")) if table.is_table("roc") else None,
    )


def _class_of(table: JsonTable) -> ClassScore:
    return ClassScore(
        label=table.get("label", ""),
        precision=table.real("precision") or 0.0,
        recall=table.real("recall") or 0.0,
        f1=table.real("f1") or 0.0,
        support=table.get("support", 0),
    )


def _roc(table: JsonTable) -> Roc:
    return Roc(table.numbers("fpr"), table.numbers("tpr"), table.real("auc") or 0.0)


def _value(table: JsonTable) -> ValueScore:
    return ValueScore(
        name=table.get("name", ""),
        mae=table.real("mae") or 0.0,
        rmse=table.real("rmse") or 0.0,
        r2=table.real("r2"),
        truth=table.numbers("truth"),
        prediction=table.numbers("prediction"),
    )
