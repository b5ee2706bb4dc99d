"""The chart of `mcu quantize --compare`: the size of the file against how right the model is, a point for each scheme."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mcu_toolkit.report.canvas import FAINT, INK, LINE, PAPER, SERIES, Canvas, Point, shortened

_WIDTH, _HEIGHT = 960, 540
_LEFT, _TOP, _PLOT_WIDTH, _PLOT_HEIGHT = 90, 76, 520, 380
_LEGEND_LEFT = 650
_BADGE = 11
"""Radius of the number of a point."""
_STEPS = 5


@dataclass(frozen=True)
class SchemePoint:
    """A model under one scheme."""

    name: str
    size_bytes: int
    value: float
    """Accuracy 0..1, or an error."""


def draw_schemes(title: str, points: Sequence[SchemePoint], *, is_accuracy: bool) -> bytes:
    """A PNG file; `is_accuracy` says whether the values are shares of right samples (upwards is better) or errors (downwards is)."""
    canvas = Canvas(_WIDTH, _HEIGHT)
    canvas.text((24, 18), shortened(title, _WIDTH - 48, 24), size=24)
    word = "accuracy" if is_accuracy else "mean error"
    canvas.text((_LEFT, _TOP - 22), word, colour=FAINT)
    low, high = _range([one.value for one in points], is_accuracy=is_accuracy)
    largest = _round_up(max(one.size_bytes for one in points))
    _axes(canvas, (low, high), largest, is_accuracy=is_accuracy)
    placed: list[Point] = []
    for number, one in enumerate(points):
        x = _LEFT + one.size_bytes / largest * _PLOT_WIDTH
        y = _TOP + (high - one.value) / (high - low) * _PLOT_HEIGHT
        _point(canvas, (x, y), number, placed)
        row = _TOP + 10 + number * 58
        colour = SERIES[number % len(SERIES)]
        _badge(canvas, (_LEGEND_LEFT + _BADGE, row + 8), number, colour)
        canvas.text((_LEGEND_LEFT + 32, row), one.name, size=17)
        value = _percent(one.value) if is_accuracy else f"error {one.value:.4g}"
        canvas.text((_LEGEND_LEFT + 32, row + 23), f"{_size(one.size_bytes)}, {value}", colour=FAINT)
    return canvas.png()


def _axes(canvas: Canvas, limits: tuple[float, float], largest: int, *, is_accuracy: bool) -> None:
    low, high = limits
    for step in range(_STEPS + 1):
        y = _TOP + _PLOT_HEIGHT - step / _STEPS * _PLOT_HEIGHT
        value = low + step / _STEPS * (high - low)
        canvas.line([(_LEFT, y), (_LEFT + _PLOT_WIDTH, y)], colour=LINE)
        canvas.text((_LEFT - 10, y), _percent(value) if is_accuracy else f"{value:.3g}", size=14, anchor="rm")
        x = _LEFT + step / _STEPS * _PLOT_WIDTH
        canvas.line([(x, _TOP + _PLOT_HEIGHT), (x, _TOP + _PLOT_HEIGHT + 5)], colour=FAINT)
        canvas.text((x, _TOP + _PLOT_HEIGHT + 10), _size(largest * step // _STEPS), size=14, anchor="ma")
    canvas.text((_LEFT + _PLOT_WIDTH / 2, _TOP + _PLOT_HEIGHT + 34), "size of the .tflite file", colour=FAINT, anchor="ma")


def _point(canvas: Canvas, at: Point, number: int, placed: list[Point]) -> None:
    """A dot where the point is, and its number above it: further to the side where others are already."""
    colour = SERIES[number % len(SERIES)]
    aside = (side * step * (2 * _BADGE + 2) for step in range(len(SERIES) * 4) for side in (1, -1))
    free = ((at[0] + x, at[1] - 20) for x in aside if _LEFT - 20 <= at[0] + x <= _LEFT + _PLOT_WIDTH + 20)
    badge = next((one for one in free if all(math.dist(one, other) >= 2 * _BADGE + 2 for other in placed)), (at[0], at[1] - 20))
    placed.append(badge)
    canvas.line([at, badge], colour=colour, width=1)
    canvas.dot(at, 6, colour)
    _badge(canvas, badge, number, colour)


def _badge(canvas: Canvas, at: Point, number: int, colour: tuple[int, int, int]) -> None:
    canvas.dot(at, _BADGE, colour)
    canvas.text(at, str(number + 1), size=14, colour=PAPER if sum(colour) < 420 else INK, anchor="mm")


def _range(values: Sequence[float], *, is_accuracy: bool) -> tuple[float, float]:
    """From where to where the axis of values goes: with room around them, accuracies not above 100 %, errors from 0 on."""
    low, high = min(values), max(values)
    if not is_accuracy:
        return 0.0, (high or 1.0) * 1.1
    step = 0.01 if high - low <= 0.05 else 0.05
    top = min(1.0, math.ceil(high / step + 0.01) * step)
    bottom = max(0.0, math.floor(low / step - 0.01) * step)
    return min(bottom, top - _STEPS * 0.01), top


def _round_up(size_bytes: int) -> int:
    """The next size with two digits in its unit, divisible into steps that are whole bytes."""
    unit = 1 << (10 * int(math.log2(max(size_bytes, 1024)) / 10))
    shown = size_bytes * 1.05 / unit
    digit = 10 if shown >= 10 else 1
    digit = 100 if shown >= 100 else digit
    return _STEPS * math.ceil(math.ceil(shown / digit) * digit * unit / _STEPS)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _size(size_bytes: int) -> str:
    if size_bytes >= 1 << 20:
        return f"{size_bytes / (1 << 20):.1f} MiB"
    return f"{size_bytes / 1024:.1f} KiB" if size_bytes else "0"
