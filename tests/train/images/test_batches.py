"""Batches: read when their turn comes, the same for the same seed whichever thread asks, and every class counts alike."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.tensorflow_loader import load_tensorflow
from mcu_toolkit.train.images import batches as module
from mcu_toolkit.train.images.augmentation import draw_view, viewed
from mcu_toolkit.train.images.batches import Reading, class_weights, picture_batches, read_all
from mcu_toolkit.train.images.picture_folder import Picture, read_picture_folder
from tests.drawn_shapes import draw_folder, drawn


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    folder = draw_folder(tmp_path_factory.mktemp("data") / "shapes", pictures=5)
    return Reading(read_picture_folder(folder, skip_corrupt=False), 48, 4, (1.0, 2.0, 3.0))


def test_a_batch_is_pixels_classes_and_weights(reading: Reading) -> None:
    found = picture_batches(load_tensorflow(), reading, reading.folder.pictures)
    assert len(found) == 4
    x, y, weights = found[1]
    assert (x.shape, x.dtype, y.shape) == ((4, 48, 48, 3), np.float32, (4, 3))
    assert y.argmax(axis=1).tolist() == [0, 1, 1, 1]
    assert weights.tolist() == [1.0, 2.0, 2.0, 2.0]
    assert len(found[3][0]) == 3
    everything, labels = read_all(reading, reading.folder.pictures)
    np.testing.assert_array_equal(x, everything[4:8])
    assert labels.tolist() == [0] * 5 + [1] * 5 + [2] * 5


def test_only_the_pictures_of_the_batch_are_opened(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[bytes] = []
    real = module.open_picture
    monkeypatch.setattr(module, "open_picture", lambda content: (opened.append(content), real(content))[1])
    found = picture_batches(load_tensorflow(), reading, reading.folder.pictures)
    assert opened == []
    found[0]
    assert len(opened) == 4


def test_mirrored_pictures_are_mirrored(reading: Reading) -> None:
    tensorflow = load_tensorflow()
    plain = picture_batches(tensorflow, reading, reading.folder.pictures)[0][0]
    mirrored = picture_batches(tensorflow, reading, reading.folder.pictures, mirrored=True)[0][0]
    np.testing.assert_array_equal(mirrored, plain[:, :, ::-1])


def test_an_epoch_is_the_same_whichever_thread_asks_and_the_next_one_is_another(reading: Reading) -> None:
    def epoch(number: int, order: list[int]) -> list[np.ndarray]:
        found = picture_batches(load_tensorflow(), reading, reading.folder.pictures, seed=3, augment=True)
        found.epoch = number
        batches: dict[int, np.ndarray] = {}
        threads = [threading.Thread(target=lambda at=at: batches.update({at: found[at][0]})) for at in order]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [batches[at] for at in sorted(batches)]

    first, again, second = epoch(0, [0, 1, 2, 3]), epoch(0, [3, 2, 1, 0]), epoch(1, [0, 1, 2, 3])
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    assert any((one != other).any() for one, other in zip(first, second, strict=True))


def test_a_teacher_sees_the_same_view_in_its_own_size(reading: Reading) -> None:
    seen: list[np.ndarray] = []

    def teacher(pixels: np.ndarray) -> np.ndarray:
        seen.append(pixels)
        return np.full((len(pixels), 3), 1 / 3, np.float32)

    taught = Reading(reading.folder, 48, 4, reading.class_weights, teacher, 96)
    x, y, _ = picture_batches(load_tensorflow(), taught, reading.folder.pictures, seed=1, augment=True)[0]
    assert seen[0].shape == (4, 96, 96, 3)
    assert y.shape == (4, 6)
    small = seen[0].reshape(4, 48, 2, 48, 2, 3).mean(axis=(2, 4))
    assert np.abs(small - x).mean() < 16  # the same part, mirrored alike and as bright: noise is all that differs


def test_classes_count_alike_however_many_pictures_they_have() -> None:
    pictures = [Picture(str(number), int(number >= 90), "", 0) for number in range(100)]
    weights = class_weights(pictures, 2)
    assert weights == pytest.approx((100 / 180, 5.0))
    assert 90 * weights[0] == pytest.approx(10 * weights[1])


def test_views_stay_inside_of_the_picture_and_differ() -> None:
    generator = np.random.default_rng(0)
    views = [draw_view(120, 80, generator, mirror=True) for _ in range(200)]
    for view in views:
        left, top, right, bottom = view.box
        assert 0 <= left < right <= 1 + 1e-9
        assert 0 <= top < bottom <= 1 + 1e-9
        assert (right - left) * (bottom - top) > 0.4
    assert {view.mirrored for view in views} == {True, False}
    assert not any(draw_view(120, 80, generator, mirror=False).mirrored for _ in range(50))
    image = drawn("disc", generator, side=80)
    assert viewed(image, views[0], 32).shape == (32, 32, 3)
    assert (viewed(image, views[0], 32) != viewed(image, views[1], 32)).any()


def test_a_picture_that_is_gone_is_named(tmp_path: Path) -> None:
    folder = read_picture_folder(draw_folder(tmp_path / "shapes", pictures=3, shapes=("disc", "square")), skip_corrupt=False)
    (tmp_path / "shapes" / folder.pictures[0].name).unlink()
    with pytest.raises(InputError, match="picture not found"):
        read_all(Reading(folder, 48, 4, (1.0, 1.0)), folder.pictures)
