"""The chart of the schemes: every point is drawn, and none hides another's number."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from mcu_toolkit.report.canvas import SERIES
from mcu_toolkit.report.scheme_chart import SchemePoint, draw_schemes

NAMES = ("float32", "float16", "dynamic", "int8", "int8-float-io", "int16x8")


def _drawn(points: list[SchemePoint], *, is_accuracy: bool = True) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(draw_schemes("a model", points, is_accuracy=is_accuracy))))


def _in_plot(picture: np.ndarray, number: int) -> int:
    return int((picture[40:470, 60:645] == np.array(SERIES[number])).all(axis=-1).sum())


@pytest.mark.parametrize("is_accuracy", [True, False])
@pytest.mark.parametrize("value", [0.0, 0.61, 1.0])
def test_points_at_one_place_can_all_be_seen(value: float, is_accuracy: bool) -> None:
    picture = _drawn([SchemePoint(name, 30_000, value) for name in NAMES], is_accuracy=is_accuracy)
    assert all(_in_plot(picture, number) > 250 for number in range(len(NAMES))), "each has its number, beside the others'"


@pytest.mark.parametrize("size_bytes", [1, 900, 1024, 99_999, 9_400_000, 1 << 30])
def test_sizes_of_every_order_lie_within_the_axis(size_bytes: int) -> None:
    picture = _drawn([SchemePoint("a", size_bytes, 0.9), SchemePoint("b", size_bytes // 2, 0.8)])
    assert _in_plot(picture, 0) > 300
    assert _in_plot(picture, 1) > 300


def test_more_accurate_is_higher_and_larger_is_further_right() -> None:
    picture = _drawn([SchemePoint("a", 1000, 0.90), SchemePoint("b", 4000, 0.99)])
    (low, left), (high, right) = (
        np.argwhere((picture[40:470, 60:645] == np.array(SERIES[number])).all(axis=-1)).mean(axis=0) for number in (0, 1)
    )
    assert high < low
    assert left < right
