"""The chart of `mcu stream`: the mean of each class over time, what was labelled and what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.report.canvas import FAINT, LINE, SERIES, Canvas, shortened

_WIDTH, _HEIGHT = 1200, 480
_LEFT, _TOP, _PLOT_WIDTH, _PLOT_HEIGHT = 70, 96, 1000, 280
_LEGEND_LEFT = 1085
_BINS = 1024
_STEPS = 5
_MOST_MARKS = 400
_MOST_CLASSES = 12
"""Beyond that lines and colours are not told apart any more."""


class Envelope:
    """The largest mean of each class in equal pieces of time, in bounded memory: where they are full, two pieces become one."""

    def __init__(self, classes: int) -> None:
        self._bins = np.full((2 * _BINS, classes), -np.inf)
        self._inferences_per_bin = 1
        self._inferences = 0

    def add(self, means: npt.NDArray[np.float64]) -> None:
        """Further inferences, [inferences, classes]."""
        while (self._inferences + len(means) - 1) // self._inferences_per_bin >= len(self._bins):
            pairs = self._bins.reshape(_BINS, 2, -1).max(axis=1)
            self._bins = np.concatenate([pairs, np.full_like(pairs, -np.inf)])
            self._inferences_per_bin *= 2
        places = (self._inferences + np.arange(len(means))) // self._inferences_per_bin
        np.maximum.at(self._bins, places, means)
        self._inferences += len(means)

    def points(self) -> npt.NDArray[np.float64]:
        """[pieces, classes]; the last piece may be of fewer inferences."""
        return self._bins[: -(-self._inferences // self._inferences_per_bin)]


@dataclass(frozen=True)
class Mark:
    """A label from start to end, or a decision at one time."""

    class_index: int
    start_s: float
    end_s: float


@dataclass(frozen=True)
class StreamPicture:
    """What is drawn; `events` are below the curves, `decisions` above."""

    title: str
    classes: tuple[str, ...]
    means: npt.NDArray[np.float64]
    start_s: float
    end_s: float
    thresholds: tuple[float, ...]
    events: Sequence[Mark] = ()
    decisions: Sequence[Mark] = ()


def draw_stream(picture: StreamPicture) -> bytes:
    """A PNG file."""
    canvas = Canvas(_WIDTH, _HEIGHT)
    canvas.text((24, 18), shortened(picture.title, _WIDTH - 48, 24), size=24)
    shown = picture.means[:, :_MOST_CLASSES]
    finite = shown[np.isfinite(shown)]
    low = min(0.0, float(finite.min(initial=0.0)))
    high = max(float(finite.max(initial=0.0)), *picture.thresholds, low + 1e-6)
    _axes(canvas, picture, low, high)
    for number, name in enumerate(picture.classes[:_MOST_CLASSES]):
        colour = SERIES[number % len(SERIES)]
        line = [
            (_x(picture, picture.start_s + (place + 0.5) / len(shown) * (picture.end_s - picture.start_s)), _y(value, low, high))
            for place, value in enumerate(shown[:, number].tolist())
        ]
        if len(line) > 1:
            canvas.line(line, colour=colour, width=2)
        canvas.text((_LEGEND_LEFT, _TOP + 22 * number), shortened(name, _WIDTH - _LEGEND_LEFT - 10, 14), size=14, colour=colour)
    return canvas.png()


def _axes(canvas: Canvas, picture: StreamPicture, low: float, high: float) -> None:
    bottom = _TOP + _PLOT_HEIGHT
    for step in range(_STEPS + 1):
        value, y = low + step / _STEPS * (high - low), bottom - step / _STEPS * _PLOT_HEIGHT
        canvas.line([(_LEFT, y), (_LEFT + _PLOT_WIDTH, y)], colour=LINE)
        canvas.text((_LEFT - 8, y), f"{value:.2f}", size=14, anchor="rm")
        time_s, x = step / _STEPS * picture.end_s, _LEFT + step / _STEPS * _PLOT_WIDTH
        canvas.text((x, bottom + 44), f"{time_s:,.1f} s", size=14, anchor="ma")
    for threshold in sorted(set(picture.thresholds)):
        y = _y(threshold, low, high)
        canvas.dashes((_LEFT, y), (_LEFT + _PLOT_WIDTH, y))
    canvas.text((_LEFT, _TOP - 36), "decided", size=14, colour=FAINT)
    for mark in picture.decisions[:_MOST_MARKS]:
        x, colour = _x(picture, mark.end_s), SERIES[mark.class_index % len(SERIES)]
        canvas.line([(x, _TOP - 16), (x, _TOP - 2)], colour=colour, width=3)
    if picture.events:
        canvas.text((_LEFT, bottom + 20), "labelled", size=14, colour=FAINT)
    for mark in picture.events[:_MOST_MARKS]:
        left, right = _x(picture, mark.start_s), _x(picture, mark.end_s)
        canvas.box(left, bottom + 6, max(right, left + 2), bottom + 18, fill=SERIES[mark.class_index % len(SERIES)])


def _x(picture: StreamPicture, time_s: float) -> float:
    return _LEFT + time_s / picture.end_s * _PLOT_WIDTH


def _y(value: float, low: float, high: float) -> float:
    return _TOP + _PLOT_HEIGHT - (max(value, low) - low) / (high - low) * _PLOT_HEIGHT
