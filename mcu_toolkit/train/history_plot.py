"""The plot of a training: loss and accuracy of every epoch, training and validation, the kept epoch marked."""

from __future__ import annotations

import importlib  # matplotlib takes half a second to import
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mcu_toolkit.train.phases import Epoch, fine_tuning_warning

PLOT_FILE = "history.png"
_INCHES, _DOTS_PER_INCH = (9.0, 3.6), 110
_WARNING = "#a02010"
_TRAINING, _VALIDATION = "#1f5fa8", "#c2570c"
"""Told apart by marker and line as well, not by colour alone."""


def write_plot(path: Path, history: Sequence[Epoch], best: Epoch, *, with_accuracy: bool = True) -> None:
    """Write the plot as PNG to `path`; no window, no state of matplotlib is touched."""
    figures = importlib.import_module("matplotlib.figure")
    figure = figures.Figure(_INCHES, dpi=_DOTS_PER_INCH, layout="constrained")
    loss, *others = figure.subplots(1, 2 if with_accuracy else 1, squeeze=False)[0]
    _curves(loss, history, best, [(epoch.loss, epoch.validation_loss) for epoch in history], "loss")
    for accuracy in others:
        _curves(accuracy, history, best, [(100 * epoch.accuracy, 100 * epoch.validation_accuracy) for epoch in history], "accuracy in %")
    loss.legend(loc="best", frameon=False)
    warning = fine_tuning_warning(history, best)
    if warning is not None:
        figure.suptitle(warning.partition(":")[0], color=_WARNING)
    figure.savefig(path, format="png", metadata={"Software": None})


def _curves(axes: Any, history: Sequence[Epoch], best: Epoch, values: Sequence[tuple[float, float]], title: str) -> None:
    numbers = range(1, len(history) + 1)
    axes.plot(numbers, [training for training, _ in values], color=_TRAINING, marker=".", label="training")
    axes.plot(numbers, [validation for _, validation in values], color=_VALIDATION, marker="x", linestyle="--", label="validation")
    axes.axvline(history.index(best) + 1, color="0.5", linewidth=1, linestyle=":", label="epoch that was kept")
    for first in _starts(history):
        axes.axvline(first + 0.5, color="0.8", linewidth=1)
        axes.annotate(history[first].phase, (first + 0.6, 1.0), xycoords=("data", "axes fraction"), fontsize=8, va="top", color="0.4")
    axes.set_xlabel("epoch")
    axes.set_title(title)
    axes.xaxis.get_major_locator().set_params(integer=True)


def _starts(history: Sequence[Epoch]) -> list[int]:
    """Where a new phase begins, the first left out."""
    return [index for index in range(1, len(history)) if history[index].phase != history[index - 1].phase]
