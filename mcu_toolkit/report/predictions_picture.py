"""`predictions.png`: pictures with what a model says of them, the worst mistakes first, and what that amounts to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import ClassificationScore, Roc
from mcu_toolkit.artifacts.sample_predictions import SamplePrediction
from mcu_toolkit.report.canvas import BLUE, FAINT, INK, LINE, PAPER, VERMILION, Canvas, Colour, shortened, text_width

COLUMNS, ROWS = 6, 4
MOST_PICTURES = COLUMNS * ROWS
_WIDTH, _MARGIN = 1080, 24
_PICTURE, _CELL, _CELL_HEIGHT = 148, 174, 206
_TOP = 84
_CHARTS_HEIGHT = 390
_MATRIX_CLASSES = 12
_TABLE_CLASSES = 12
_NAMED_COLUMNS = 5
"""More columns have no room for names: they have numbers, which stand before the names of the rows."""
_ROW = 24


@dataclass(frozen=True)
class Shown:
    """A picture of the grid: uint8 pixels [height, width, 1 or 3], and what is said of it."""

    pixels: npt.NDArray[np.uint8]
    prediction: SamplePrediction


def draw_predictions(title: str, score: ClassificationScore, shown: Sequence[Shown]) -> bytes:
    """A PNG file: the pictures `shown` (at most `MOST_PICTURES`, in their order), confusion matrix, classes, and ROC for two classes."""
    shown = shown[:MOST_PICTURES]
    rows = -(-len(shown) // COLUMNS)
    charts_top = _TOP + rows * _CELL_HEIGHT + 16
    canvas = Canvas(_WIDTH, charts_top + _CHARTS_HEIGHT)
    right = sum(score.confusion[number][number] for number in range(len(score.labels)))
    canvas.text((_MARGIN, 18), shortened(title, _WIDTH - 2 * _MARGIN, 24), size=24)
    said = f"{right:,} of {score.samples:,} pictures right, {_percent(score.accuracy)}"
    canvas.text((_MARGIN, 52), said)
    _legend(canvas)
    for number, one in enumerate(shown):
        _cell(canvas, _MARGIN + number % COLUMNS * _CELL, _TOP + number // COLUMNS * _CELL_HEIGHT, one)
    _matrix(canvas, _MARGIN, charts_top, score)
    _classes(canvas, 400, charts_top, score)
    if score.roc is not None:
        _curve(canvas, 780, charts_top, score.roc, score.labels[1])
    return canvas.png()


def _legend(canvas: Canvas) -> None:
    wrong, right = "wrong, worst first", "right, least sure first"
    left = _WIDTH - _MARGIN - text_width(right)
    canvas.text((left, 52), right)
    canvas.tick(left - 22, 52, 16)
    left -= 44 + text_width(wrong)
    canvas.text((left, 52), wrong)
    canvas.cross(left - 22, 52, 16)


def _cell(canvas: Canvas, left: int, top: int, one: Shown) -> None:
    found = one.prediction
    colour: Colour = BLUE if found.is_right else VERMILION
    canvas.picture(left, top, _PICTURE, one.pixels)
    canvas.frame(left, top, _PICTURE, colour, 2 if found.is_right else 4, dashed=not found.is_right)
    (canvas.tick if found.is_right else canvas.cross)(left + 6, top + 6, 24)
    sure = "" if found.probability is None else f" {_percent(found.probability)}"
    name = shortened(found.label, _PICTURE - text_width(sure))
    canvas.text((left, top + _PICTURE + 8), f"{name}{sure}", colour=colour)
    if not found.is_right:
        canvas.text((left, top + _PICTURE + 27), shortened(f"is {found.truth_label}", _PICTURE), colour=INK)


def _matrix(canvas: Canvas, left: int, top: int, score: ClassificationScore) -> None:
    """Rows are the true classes; the share of a row is its shade, so that rare classes show too."""
    chosen = _most_confused(score)
    few, numbered = len(chosen) == len(score.labels), len(chosen) > _NAMED_COLUMNS
    canvas.text((left, top), "Confusion matrix", size=18)
    said = "rows: what it is, columns: what is predicted"
    canvas.text((left, top + 26), said if few else f"the {len(chosen)} most confused of {len(score.labels):,} classes", colour=FAINT)
    side = 232 // len(chosen)
    x0, y0 = left + 92, top + 82
    for row, truth in enumerate(chosen):
        total = max(1, sum(score.confusion[truth]))
        label = score.labels[truth]
        name = f"{truth} {label}" if numbered and label != str(truth) else label
        canvas.text((x0 - 8, y0 + (row + 0.5) * side), shortened(name, 84), anchor="rm")
        for column, predicted in enumerate(chosen):
            count = score.confusion[truth][predicted]
            x, y = x0 + column * side, y0 + row * side
            shade = _mixed(BLUE if truth == predicted else VERMILION, count / total)
            canvas.box(x, y, x + side, y + side, fill=shade, outline=LINE)
            if count:
                ink = PAPER if sum(shade) < 380 else INK
                canvas.text((x + side / 2, y + side / 2), f"{count:,}", size=min(18, max(10, side // 3)), colour=ink, anchor="mm")
    for column, predicted in enumerate(chosen):
        name = str(predicted) if numbered else shortened(score.labels[predicted], side - 4, 13)
        canvas.text((x0 + (column + 0.5) * side, y0 - 8), name, size=min(13, side * 2 // 3), anchor="mb")


def _most_confused(score: ClassificationScore) -> list[int]:
    """Every class, in order; of many those with most mistakes."""
    count = len(score.labels)
    if count <= _MATRIX_CLASSES:
        return list(range(count))
    matrix = np.asarray(score.confusion)
    mistakes = matrix.sum(axis=0) + matrix.sum(axis=1) - 2 * matrix.diagonal()
    return sorted(np.argsort(-mistakes, kind="stable")[:_MATRIX_CLASSES].tolist())


def _mixed(colour: Colour, share: float) -> Colour:
    red, green, blue = (round(255 + (part - 255) * share) for part in colour)
    return red, green, blue


def _classes(canvas: Canvas, left: int, top: int, score: ClassificationScore) -> None:
    columns = (("precision", 192), ("recall", 256), ("F1", 320))
    few = len(score.labels) <= _TABLE_CLASSES
    canvas.text((left, top), "Classes", size=18)
    if not few:
        canvas.text((left, top + 26), f"the {_TABLE_CLASSES} weakest of {len(score.labels):,}", colour=FAINT)
    for name, at in columns:
        canvas.text((left + at, top + 62), name, colour=FAINT, anchor="rm")
    ordered = score.per_class if few else sorted(score.per_class, key=lambda one: (one.support == 0, one.f1))[:_TABLE_CLASSES]
    for number, one in enumerate(ordered):
        y = top + 88 + number * _ROW
        canvas.line([(left, y - 12), (left + 320, y - 12)], colour=LINE)
        canvas.text((left, y), shortened(f"{one.label} ({one.support:,})", 120), anchor="lm")
        for value, (_, at) in zip((one.precision, one.recall, one.f1), columns, strict=True):
            canvas.text((left + at, y), _percent(value), anchor="rm")


def _curve(canvas: Canvas, left: int, top: int, roc: Roc, positive: str) -> None:
    canvas.text((left, top), f"ROC, area {roc.auc:.4f}", size=18)
    canvas.text((left, top + 26), shortened(f"{positive} counts as positive", 270), colour=FAINT)
    x0, y0, side = left + 36, top + 66, 230
    canvas.box(x0, y0, x0 + side, y0 + side, outline=LINE)
    canvas.dashes((x0, y0 + side), (x0 + side, y0))
    canvas.line([(x0 + x * side, y0 + side - y * side) for x, y in zip(roc.fpr, roc.tpr, strict=True)], colour=BLUE, width=3)
    for value, word in ((0.0, "0"), (0.5, "0.5"), (1.0, "1")):
        canvas.text((x0 + value * side, y0 + side + 6), word, size=13, anchor="ma")
        canvas.text((x0 - 6, y0 + side - value * side), word, size=13, anchor="rm")
    canvas.text((x0 + side / 2, y0 + side + 24), "false positive rate", size=13, colour=FAINT, anchor="ma")
    canvas.text((x0, y0 - 4), "true positive rate", size=13, colour=FAINT, anchor="lb")


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
