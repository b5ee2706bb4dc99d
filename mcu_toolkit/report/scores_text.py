"""Scores against labels as a few lines of text: who is taken for whom, the weakest classes, errors of a regression."""

from __future__ import annotations

from collections.abc import Mapping

from mcu_toolkit.artifacts import ClassificationScore, RegressionScore, Score, Scores
from mcu_toolkit.report.table import table
from mcu_toolkit.runners import roles
from mcu_toolkit.terminal_text import visible_line
from mcu_toolkit.units import format_percent

_MATRIX_CLASSES = 4
"""A matrix of more classes would fill the terminal by itself."""
_WHOLE_MATRIX_CLASSES = 16
_WEAKEST = 3
_MISTAKES = 2
_LABEL_WIDTH = 16
_COLUMNS_WIDTH = 32
"""Characters for the counts of a matrix: what 80 leave beside the names, precision, recall and F1."""


def score_lines(scores: Scores, *, whole: bool = False) -> list[str]:
    """At most eight lines for each labelled output, of the runner nearest to the board; `whole`: every class, for every runner that
    differs from it.  Nothing without labels."""
    lines = _lines_of(scores.overall, "", whole=whole)
    for output, by_runner in scores.by_output.items():
        lines += _lines_of(by_runner, f"output {visible_line(output)}, ", whole=whole)
    return lines


def class_lines(scores: Scores) -> list[str]:
    """At most six lines about the classes of a model's only output, for a place that has its accuracy already; else nothing."""
    lines = score_lines(Scores(overall=scores.overall))
    is_classified = any(isinstance(score, ClassificationScore) for score in scores.overall.values())
    return lines[1:] if is_classified else []


def _lines_of(by_runner: Mapping[str, Score], where: str, *, whole: bool) -> list[str]:
    known = [name for name in roles.nearest_to_the_board() if name in by_runner]
    known += [name for name in by_runner if name not in known]
    values = {name: score for name in known if isinstance(score := by_runner[name], RegressionScore)}
    if values:
        return _regression(values, where)
    classes = {name: score for name in known if isinstance(score := by_runner[name], ClassificationScore)}
    if not classes:
        return []
    nearest, first = next(iter(classes.items()))
    if not whole:
        return _brief(first, f"{where}{nearest}")
    lines = _every_class(first, f"{where}{nearest}")
    for name, score in classes.items():
        lines += _every_class(score, f"{where}{name}") if score.confusion != first.confusion else []
    return lines


def _brief(score: ClassificationScore, who: str) -> list[str]:
    if len(score.labels) <= _MATRIX_CLASSES:
        return [_title(score, who), *_matrix(score), *_auc(score)]
    weakest = sorted(score.per_class, key=lambda one: (one.support == 0, one.f1))[:_WEAKEST]
    rows = [(_short(one.label), *_shares(one.precision, one.recall, one.f1), f"{one.support:,}") for one in weakest]
    mistakes = [f"{one.samples:,} x {_short(one.truth)} taken for {_short(one.predicted)}" for one in score.top_confusions(_MISTAKES)]
    return [
        _title(score, who),
        *table(("weakest classes", "precision", "recall", "F1", "samples"), rows),
        *(mistakes or ["no mistakes"]),
    ]


def _title(score: ClassificationScore, who: str) -> str:
    right = sum(score.confusion[number][number] for number in range(len(score.labels)))
    return f"labels, {who}: {right:,} of {score.samples:,} samples right, {format_percent(score.accuracy)}"


def _matrix(score: ClassificationScore) -> list[str]:
    """True classes down, predicted ones across, and what that means for each."""
    names = [_short(label) for label in score.labels]
    rows = [
        (name, *(f"{count:,}" for count in row), *_shares(one.precision, one.recall, one.f1))
        for name, row, one in zip(names, score.confusion, score.per_class, strict=True)
    ]
    across = [_short(label, _COLUMNS_WIDTH // len(names) - 2) for label in score.labels]
    return table(("truth \\ predicted", *across, "precision", "recall", "F1"), rows)


def _every_class(score: ClassificationScore, who: str) -> list[str]:
    if len(score.labels) <= _MATRIX_CLASSES:
        return [_title(score, who), *_matrix(score), *_auc(score)]
    rows = [(_short(one.label), *_shares(one.precision, one.recall, one.f1), f"{one.support:,}") for one in score.per_class]
    lines = [_title(score, who), *table(("class", "precision", "recall", "F1", "samples"), rows)]
    if len(score.labels) > _WHOLE_MATRIX_CLASSES:
        return lines
    numbers = [str(number) for number in range(len(score.labels))]
    cells = [
        (f"[{number}] {_short(label)}" if label != number else f"[{number}]", *(f"{count:,}" for count in row))
        for number, label, row in zip(numbers, score.labels, score.confusion, strict=True)
    ]
    return [*lines, *table(("truth \\ predicted", *numbers), cells)]


def _auc(score: ClassificationScore) -> list[str]:
    if score.roc is None:
        return []
    return [f"area under the ROC curve: {score.roc.auc:.4f} ({_short(score.labels[1])} counts as positive)"]


def _regression(values: Mapping[str, RegressionScore], where: str) -> list[str]:
    rows = [(name, f"{one.mae:.4g}", f"{one.rmse:.4g}", "-" if one.r2 is None else f"{one.r2:.4f}") for name, one in values.items()]
    samples = next(iter(values.values())).samples
    return table((f"{where}{samples:,} samples against y", "MAE", "RMSE", "R2"), rows)


def _shares(*values: float) -> tuple[str, ...]:
    return tuple(format_percent(value) for value in values)


def _short(label: str, width: int = _LABEL_WIDTH) -> str:
    shown = visible_line(label)
    return shown if len(shown) <= width else f"{shown[: width - 3]}..."
