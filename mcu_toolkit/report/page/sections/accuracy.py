"""How good is it, against what is true?"""

from __future__ import annotations

from collections.abc import Mapping

from mcu_toolkit.artifacts.scores import ClassificationScore, RegressionScore, Score
from mcu_toolkit.report.page.blocks import Block, Chart, Note, Section, Series, Table
from mcu_toolkit.report.page.run import Run
from mcu_toolkit.report.page.scores import counted
from mcu_toolkit.report.page.words import number, share
from mcu_toolkit.runners import roles

_MAX_SHOWN = 40
"""Classes of a confusion matrix that a page holds."""
_CONFUSIONS_SHOWN = 10


def section(run: Run) -> Section | None:
    """Accuracies by runner, and of the runner nearest to the board every class; None without labels."""
    outputs = run.scores_by_output or {"": known_scores(run)}
    if not run.accuracy and not any(outputs.values()):
        return None
    blocks: list[Block] = []
    order = [name for name in reversed(roles.nearest_to_the_board()) if name in run.accuracy]
    order += [name for name in run.accuracy if name not in order]
    if run.accuracy:
        rows: tuple[tuple[str, ...], ...] = tuple((name, share(run.accuracy[name]), _drop(run, name)) for name in order)
        columns: tuple[str, ...] = ("runner", "accuracy", "against float")
        if not any(row[2] for row in rows):  # there was no float model
            columns, rows = columns[:2], tuple(row[:2] for row in rows)
        blocks.append(Table(columns, rows, "Share of right classes"))
    for output, scores in outputs.items():
        where = f", output {output}" if output else ""
        nearest = next((name for name in roles.nearest_to_the_board() if name in scores), next(iter(scores), None))
        if nearest is not None:
            score = scores[nearest]
            who = f"{nearest}{where}"
            blocks += _classification(who, score) if isinstance(score, ClassificationScore) else _regression(who, score, scores)
    return Section("accuracy", "Accuracy", "Against the labels of the test samples, from the float model to the board.", tuple(blocks))


def known_scores(run: Run) -> Mapping[str, Score]:
    """Those in the result; else counted from the classes that it holds."""
    if run.scores or run.details.predictions is None:
        return run.scores
    return counted(run.details.predictions, run.details.class_names)


def _drop(run: Run, name: str) -> str:
    reference = run.accuracy.get(roles.FLOAT)
    return "" if reference is None or name == roles.FLOAT else f"{100 * (run.accuracy[name] - reference):+.2f} pp"


def _classification(who: str, score: ClassificationScore) -> list[Block]:
    blocks: list[Block] = []
    count = len(score.confusion)
    labels = [score.labels[place] if place < len(score.labels) else str(place) for place in range(count)]
    if 2 <= count <= _MAX_SHOWN:
        rows = tuple((labels[place], *(f"{cell:,}" for cell in row)) for place, row in enumerate(score.confusion))
        shades = tuple((0.0, *(cell / max(1, sum(row)) for cell in row)) for row in score.confusion)
        blocks.append(Table(("true \\ predicted", *labels), rows, f"Confusion matrix of {who}: rows are true classes", shades))
    elif count:
        blocks.append(Note(f"The confusion matrix of {count} classes is too large to be shown; it is in the result."))
        blocks.append(_mistakes(who, score, labels))
    if score.per_class:
        classes = score.per_class[:_MAX_SHOWN]
        rows = tuple((one.label, share(one.precision), share(one.recall), share(one.f1), f"{one.support:,}") for one in classes)
        blocks.append(Table(("class", "precision", "recall", "F1", "samples"), rows, f"Each class, {who}"))
    if score.roc is not None:
        curve = Series(who, tuple(zip(score.roc.fpr, score.roc.tpr, strict=False)))
        title = f"ROC curve of {who}, area {score.roc.auc:.4f}"
        blocks.append(Chart("lines", title, "false positive rate", "true positive rate", (curve,), diagonal=True, small=True))
    return blocks


def _mistakes(who: str, score: ClassificationScore, labels: list[str]) -> Table:
    """The most frequent ones of many classes."""
    cells = [(samples, a, b) for a, row in enumerate(score.confusion) for b, samples in enumerate(row) if a != b and samples]
    rows = tuple((labels[a], labels[b], f"{samples:,}") for samples, a, b in sorted(cells, key=lambda cell: -cell[0])[:_CONFUSIONS_SHOWN])
    return Table(("class", "taken for", "samples"), rows, f"Most frequent mistakes of {who}")


def _regression(who: str, score: RegressionScore, scores: Mapping[str, Score]) -> list[Block]:
    """Errors of every runner; of one each prediction beside its target, and what it is off by."""
    known = [(name, one) for name, one in scores.items() if isinstance(one, RegressionScore)]
    rows = tuple((name, number(one.mae), number(one.rmse), number(one.r2)) for name, one in known)
    blocks: list[Block] = [Table(("runner", "MAE", "RMSE", "R²"), rows, "Against the targets")]
    for one in score.outputs:
        points = tuple(zip(one.truth, one.prediction, strict=False))
        if points:
            off = tuple((truth, predicted - truth) for truth, predicted in points)
            title = f"{one.name}, {who}"
            blocks.append(Chart("cloud", title, "target", "prediction", (Series(who, points),), diagonal=True, small=True))
            blocks.append(Chart("cloud", f"Residuals of {title}", "target", "prediction - target", (Series(who, off),), small=True))
    return blocks
