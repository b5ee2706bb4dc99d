"""The accuracy of a model, and of its teacher on the same pictures."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.train.images.batches import Reading
from mcu_toolkit.train.images.options import ImageFacts
from mcu_toolkit.train.images.outcome import _accuracies
from mcu_toolkit.train.images.picture_folder import read_picture_folder
from mcu_toolkit.train.phases import WHOLE, Epoch
from mcu_toolkit.train.trained_model import _about_teacher
from tests.drawn_shapes import draw_folder


class _Dataset:
    """What batches need of keras.utils.PyDataset, without TensorFlow."""

    def __init__(self, **_options: Any) -> None: ...


TENSORFLOW = SimpleNamespace(keras=SimpleNamespace(utils=SimpleNamespace(PyDataset=_Dataset)))


def _always(label: int, classes: int) -> npt.NDArray[np.float32]:
    return np.eye(classes, dtype=np.float32)[label]


def test_model_and_teacher_are_scored_on_the_same_pictures(tmp_path: Path) -> None:
    folder = read_picture_folder(draw_folder(tmp_path / "shapes", pictures=4), skip_corrupt=False)
    tested = (*folder.pictures[:4], *folder.pictures[4:5], *folder.pictures[8:9])  # four discs, a square, a triangle
    model = SimpleNamespace(predict_on_batch=lambda x: np.tile(_always(0, 3), (len(x), 1)))
    alone = Reading(folder, 16, 4, (1.0, 1.0, 1.0))
    assert _accuracies(TENSORFLOW, model, alone, tested) == (4 / 6, None)
    taught = Reading(folder, 16, 4, (1.0, 1.0, 1.0), lambda pictures: np.tile(_always(1, 3), (len(pictures), 1)), 32)
    assert _accuracies(TENSORFLOW, model, taught, tested) == (4 / 6, 1 / 6)


@pytest.mark.parametrize(
    ("saw", "more"),
    [
        (0, ""),
        (7, "; the teacher was trained on 7 of them, which flatters it"),
        (None, "; no split.json beside the teacher says whether it was trained on them"),
    ],
)
def test_both_are_printed_and_whether_the_teacher_knew_the_pictures(saw: int | None, more: str) -> None:
    epoch = Epoch(WHOLE, 1, 0.1, 0.9, 0.1, 0.9, 1.0)
    facts = ImageFacts(
        backbone="small-cnn",
        alpha=1.0,
        size=48,
        weights="none",
        classes=("a", "b"),
        pictures={"test": 100},
        class_weights=(1.0, 1.0),
        skipped=0,
        near_duplicates=0,
        teacher="model.keras",
        temperature=4.0,
        soft_share=0.7,
        best=epoch,
        history=(epoch,),
        seconds=1.0,
        teacher_accuracy=0.98,
        teacher_saw=saw,
    )
    assert _about_teacher(facts, "91.00 %") == [f"  on the same pictures: student 91.00 %, teacher 98.00 %{more}"]
