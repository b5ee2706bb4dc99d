"""How good is it, against what is true?"""

from __future__ import annotations

from collections.abc import Mapping

from mcu_toolkit.report.page.blocks import Block, Chart, Note, Section, Series, Table
from mcu_toolkit.report.page.run import Run, Score
from mcu_toolkit.report.page.scores import counted
from mcu_toolkit.report.page.words import number, share
from mcu_toolkit.runners import roles

_MAX_SHOWN = 40
"""Classes of a confusion matrix that a page holds."""


def section(run: Run) -> Section | None:
    """Accuracies by runner, and of the runner nearest to the board every class; None without labels."""
    scores = known_scores(run)
    if not scores and not run.accuracy:
        return None
    blocks: list[Block] = []
    order = [name for name in reversed(roles.nearest_to_the_board()) if name in run.accuracy]
    order += [name for name in run.accuracy if name not in order]
    if run.accuracy:
        rows = tuple((name, share(run.accuracy[name]), _drop(run, name)) for name in order)
        blocks.append(Table(("runner", "accuracy", "against float"), rows, "Share of samples whose class is right"))
    nearest = next((name for name in roles.nearest_to_the_board() if name in scores), next(iter(scores), None))
    if nearest is not None:
        score = scores[nearest]
        blocks += _classification(nearest, score) if score.kind == "classification" else _regression(scores)
    blocks += _residuals(run)
    return Section("accuracy", "Accuracy", "Against the labels of the test samples, from the float model to the board.", tuple(blocks))


def known_scores(run: Run) -> Mapping[str, Score]:
    """Those in the result; else counted from the classes that it holds."""
    if run.scores or run.details.predictions is None:
        return run.scores
    predictions = run.details.predictions
    found = {name: counted(predictions, name, run.details.class_names) for name in predictions.classes}
    return {name: score for name, score in found.items() if score is not None}


def _drop(run: Run, name: str) -> str:
    reference = run.accuracy.get(roles.FLOAT)
    return "" if reference is None or name == roles.FLOAT else f"{100 * (run.accuracy[name] - reference):+.2f} pp"


def _classification(name: str, score: Score) -> list[Block]:
    blocks: list[Block] = []
    count = len(score.confusion)
    labels = [score.labels[place] if place < len(score.labels) else str(place) for place in range(count)]
    if 2 <= count <= _MAX_SHOWN:
        rows = tuple((labels[place], *(f"{cell:,}" if cell else "0" for cell in row)) for place, row in enumerate(score.confusion))
        shades = tuple((0.0, *(cell / max(1, sum(row)) for cell in row)) for row in score.confusion)
        blocks.append(Table(("true \\ predicted", *labels), rows, f"Confusion matrix of {name}: rows are true classes", shades))
    elif count:
        blocks.append(Note(f"The confusion matrix of {count} classes is too large to be shown; it is in the result."))
    if score.per_class:
        classes = score.per_class[:_MAX_SHOWN]
        rows = tuple((one.label, share(one.precision), share(one.recall), share(one.f1), f"{one.support:,}") for one in classes)
        blocks.append(Table(("class", "precision", "recall", "F1", "samples"), rows, f"Each class, {name}"))
    if score.roc:
        auc = "" if score.auc is None else f", area under the curve {score.auc:.4f}"
        curve = Series(name, score.roc)
        blocks.append(Chart("lines", f"ROC curve{auc}", "false positive rate", "true positive rate", (curve,), diagonal=True, small=True))
    return blocks


def _regression(scores: Mapping[str, Score]) -> list[Block]:
    rows = tuple((name, number(one.mae), number(one.rmse), number(one.r2)) for name, one in scores.items() if one.kind == "regression")
    return [Table(("runner", "MAE", "RMSE", "R²"), rows, "Against the targets")]


def _residuals(run: Run) -> list[Block]:
    """Of a regression: each prediction beside its target, and what it is off by."""
    targets = run.details.targets
    nearest = next((name for name in roles.nearest_to_the_board() if targets.get(name)), None)
    if nearest is None:
        return []
    points = targets[nearest]
    off = tuple((target, predicted - target) for target, predicted in points)
    return [
        Chart("cloud", f"Predictions of {nearest}", "target", "prediction", (Series(nearest, tuple(points)),), diagonal=True, small=True),
        Chart("cloud", f"Residuals of {nearest}", "target", "prediction - target", (Series(nearest, off),), small=True),
    ]
