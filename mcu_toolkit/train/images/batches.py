"""Batches of pictures, read from disk when their turn comes: the memory does not grow with the folder."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.picture import fitted, open_picture
from mcu_toolkit.train.images.augmentation import draw_view, viewed
from mcu_toolkit.train.images.picture_folder import Picture, PictureFolder

_READERS = 2
"""Threads that decode ahead while TensorFlow computes."""
Teacher = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]
"""Pictures uint8 [n, teacher's size, teacher's size, 3] to what is to be learned from them: softened probabilities [n, classes], or
features [n, width]."""


@dataclass(frozen=True)
class Reading:
    """How pictures become samples."""

    folder: PictureFolder
    size: int
    batch_size: int
    class_weights: tuple[float, ...]
    """One for each class; a sample counts as much as its class's."""
    teacher: Teacher | None = None
    teacher_size: int = 0

    @property
    def classes(self) -> int:
        """How many."""
        return len(self.folder.classes)


def picture_batches(tensorflow: Any, reading: Reading, pictures: Sequence[Picture], **how: Any) -> Any:
    """A keras.utils.PyDataset of (x, y, weights) over `pictures`; `how` is as `_Drawing` has it.

    x float32 [n, size, size, 3], pixels 0..255; y [n, classes] one-hot, with a teacher its answers behind: [n, classes + width];
    weights [n].
    """
    drawing = _Drawing(reading, tuple(pictures), **how)

    class Batches(tensorflow.keras.utils.PyDataset):  # type: ignore[misc]
        """Its base exists only once TensorFlow was imported."""

        def __init__(self) -> None:
            super().__init__(workers=_READERS, use_multiprocessing=False, max_queue_size=4)
            self.epoch = 0

        def __len__(self) -> int:
            return math.ceil(len(drawing.pictures) / reading.batch_size)

        def __getitem__(self, number: int) -> tuple[npt.NDArray[Any], ...]:
            return drawing.batch(self.epoch, number)

        def on_epoch_end(self) -> None:
            self.epoch += 1

    return Batches()


@dataclass(frozen=True)
class _Drawing:
    """Which pictures make which batch, and what is done to them."""

    reading: Reading
    pictures: tuple[Picture, ...]
    seed: int = 0
    augment: bool = False
    """Each epoch in an order and with views of its own; else every epoch the same."""
    mirror: bool = True
    """Augmentation may mirror."""
    mirrored: bool = False
    """Every picture is mirrored (without augmentation)."""

    def batch(self, epoch: int, number: int) -> tuple[npt.NDArray[Any], ...]:
        """Batch `number` of an epoch; which thread asks first changes nothing."""
        order = np.random.default_rng([self.seed, epoch]).permutation(len(self.pictures)) if self.augment else range(len(self.pictures))
        reading = self.reading
        chosen = [int(index) for index in order[number * reading.batch_size : (number + 1) * reading.batch_size]]
        images = [open_picture(reading.folder.content(self.pictures[index])) for index in chosen]
        x = np.stack([self._pixels(image, index, epoch, reading.size) for image, index in zip(images, chosen, strict=True)])
        labels = np.array([self.pictures[index].label for index in chosen])
        y = np.eye(reading.classes, dtype=np.float32)[labels]
        if reading.teacher is not None:
            size = reading.teacher_size
            seen = np.stack([self._pixels(image, index, epoch, size) for image, index in zip(images, chosen, strict=True)])
            y = np.concatenate([y, reading.teacher(seen)], axis=1)
        return x.astype(np.float32), y, np.asarray(reading.class_weights, np.float32)[labels]

    def _pixels(self, image: Any, index: int, epoch: int, size: int) -> npt.NDArray[np.uint8]:
        if self.augment:
            generator = np.random.default_rng([self.seed, epoch, index])
            return viewed(image, draw_view(image.width, image.height, generator, mirror=self.mirror), size)
        pixels = fitted(image, size, size)
        return pixels[:, ::-1] if self.mirrored else pixels


def read_all(reading: Reading, pictures: Sequence[Picture]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """`pictures` as uint8 [n, size, size, 3] with their classes [n]: for the few hundred that the data file holds."""
    x = np.stack([fitted(open_picture(reading.folder.content(picture)), reading.size, reading.size) for picture in pictures])
    return x, np.array([picture.label for picture in pictures], np.int64)


def class_weights(pictures: Sequence[Picture], classes: int) -> tuple[float, ...]:
    """For each class the number by which all of them together count alike: samples / (classes * samples of the class)."""
    counts = np.bincount([picture.label for picture in pictures], minlength=classes)
    return tuple(float(len(pictures) / (classes * count)) for count in counts)
