"""The picture of predictions: right and wrong differ by colour and by mark, and everything has its place."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from mcu_toolkit.artifacts.sample_predictions import SamplePrediction
from mcu_toolkit.report.canvas import BLUE, PAPER, VERMILION, Canvas, shortened, text_width
from mcu_toolkit.report.predictions_picture import MOST_PICTURES, Shown, draw_predictions
from mcu_toolkit.validate import score_classes

GREY = np.full((16, 16, 1), 90, np.uint8)


def _drawn(right: list[bool], classes: int = 2, pixels: np.ndarray = GREY) -> np.ndarray:
    truth = np.zeros(len(right), np.int64)
    said = np.where(right, 0, 1)
    labels = [f"class {number}" for number in range(classes)]
    score = score_classes(np.eye(classes)[said], truth, labels)
    shown = [
        Shown(pixels, SamplePrediction(number, 0, labels[0], int(found), labels[found], 0.5)) for number, found in enumerate(said.tolist())
    ]
    return np.asarray(Image.open(io.BytesIO(draw_predictions("a model", score, shown))))


def _pixels(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((picture == np.array(colour)).all(axis=-1).sum())


def test_a_mistake_is_orange_with_a_cross_and_a_hit_blue_with_a_tick() -> None:
    hit, mistake = _drawn([True])[84:290, :190], _drawn([False])[84:290, :190]
    assert _pixels(hit, BLUE) > 500
    assert _pixels(hit, VERMILION) == 0
    assert _pixels(mistake, VERMILION) > 500
    assert _pixels(mistake, BLUE) == 0
    marks = [picture[6:30, 30:54] for picture in (hit, mistake)]
    grey = [(mark != PAPER).any(axis=-1) for mark in marks]
    assert (grey[0] != grey[1]).any(), "the marks differ without their colours, too"


def test_the_pixels_of_a_small_picture_stay_sharp_and_of_a_colour_picture_coloured() -> None:
    checks = (np.indices((4, 4)).sum(axis=0) % 2 * 255).astype(np.uint8)[..., np.newaxis]
    inside = _drawn([True], pixels=checks)[130:220, 60:160]
    assert set(np.unique(inside)) == {0, 255}
    red = np.zeros((32, 20, 3), np.uint8)
    red[..., 0] = 200
    assert _pixels(_drawn([True], pixels=red), (200, 0, 0)) > 10_000


@pytest.mark.parametrize("count", [1, 6, 7, MOST_PICTURES, 100])
def test_rows_are_added_as_needed_and_no_more_than_fit_are_drawn(count: int) -> None:
    rows = min(-(-count // 6), 4)
    assert _drawn([True] * count).shape == (84 + 206 * rows + 16 + 390, 1080, 3)


@pytest.mark.parametrize("classes", [2, 3, 6, 13, 200])
def test_many_classes_keep_within_the_picture(classes: int) -> None:
    picture = _drawn([True, False], classes)
    assert _pixels(picture[-8:], PAPER) == 8 * 1080
    assert _pixels(picture[:, -8:], PAPER) == 8 * len(picture)


def test_the_same_results_make_the_same_file() -> None:
    assert (_drawn([True, False]) == _drawn([True, False])).all()


def test_long_words_are_shortened_to_their_width() -> None:
    assert shortened("cats", 100) == "cats"
    assert shortened("x" * 500, 100).endswith("...")
    assert text_width(shortened("x" * 500, 100)) <= 100


def test_words_that_a_terminal_would_obey_or_that_the_font_lacks_can_be_drawn() -> None:
    canvas = Canvas(300, 40)
    canvas.text((4, 4), "\x1b[2J é 猫 \u202e")
    assert canvas.size == (300, 40)
    assert len(set(canvas.png())) > 10
