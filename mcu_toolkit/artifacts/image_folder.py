"""A folder of images as data: a folder for each class in it, or only images (then without labels)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.image_pixels import decode_image
from mcu_toolkit.artifacts.image_size import image_size
from mcu_toolkit.artifacts.picture import fitted_picture
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.errors import InputError
from mcu_toolkit.system.archives import refuse_large_file, refuse_larger
from mcu_toolkit.system.files import read_bytes

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
_MAX_IMAGES = 20_000
_EXPECTED = f"files ending in {', '.join(IMAGE_SUFFIXES)}, or a folder of them for each class"


@dataclass(frozen=True)
class ImageFolder:
    """`raw` uint8 [images, height, width, channels]; `y` [images] indices into `classes`, None without class folders."""

    raw: npt.NDArray[np.uint8]
    y: npt.NDArray[np.int64] | None
    classes: tuple[str, ...]


def prepared_images(
    folder: Path, shape: tuple[int, ...], preprocessing: Preprocessing | None
) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64] | None]:
    """(float32 inputs [images, *shape], classes or None) for a model whose samples have `shape`.

    Raises InputError where nothing says how pixels become inputs, and what `read_image_folder` raises.
    """
    if preprocessing is None or preprocessing.raw_dtype != "uint8":
        raise InputError(
            "is a folder of images, and nothing says how their pixels become the model's inputs",
            on=folder,
            expected="a model that holds its preprocessing with raw_dtype uint8",
            hint='--preprocessing file.toml with raw_dtype = "uint8", layout = "hwc" and scale',
        )
    raw_shape = preprocessing.raw_shape(shape)
    if len(raw_shape) != 3:
        raise InputError(
            f"is a folder of images, the model's samples have the shape {list(shape)}", on=folder, expected="a model of images"
        )
    first = (preprocessing.raw_layout or preprocessing.layout) == "chw"
    height, width, channels = (*raw_shape[1:], raw_shape[0]) if first else raw_shape
    found = read_image_folder(folder, (height, width, channels), preprocessing.labels, fit=preprocessing.fit)
    raw = np.moveaxis(found.raw, -1, 1) if first else found.raw
    return preprocessing.apply(raw), found.y


def read_image_folder(folder: Path, shape: tuple[int, int, int], labels: Sequence[str] = (), *, fit: str = "") -> ImageFolder:
    """Every image of `folder`, each of `shape` (height, width, channels); `labels` gives classes their numbers, else the alphabet.

    With a `fit` images of any size are cut and scaled to `shape`, as in training.
    Raises InputError: no images, one class only, a class the model does not have, an image that is damaged or of another size.
    """
    classes = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    _check_classes(folder, classes, labels)
    order = [*labels] if labels and classes else classes
    files = [(path, order.index(name)) for name in classes for path in _images(folder / name)] or [(path, -1) for path in _images(folder)]
    if not files:
        raise InputError("holds no images", on=folder, expected=_EXPECTED)
    if len(files) > _MAX_IMAGES:
        raise InputError(f"holds {len(files):,} images", on=folder, expected=f"at most {_MAX_IMAGES:,}: a few hundred are enough")
    refuse_larger(4 * len(files) * math.prod(shape), f"all {len(files):,} images", folder)
    raw = np.stack([_fitted(path, shape) if fit else _read(path, shape) for path, _ in files])
    # Shuffled, so that the first samples are of all classes.
    chosen = np.random.default_rng(0).permutation(len(files))
    y = np.array([number for _, number in files], np.int64) if classes else None
    return ImageFolder(raw[chosen], None if y is None else y[chosen], tuple(order))


def _check_classes(folder: Path, classes: Sequence[str], labels: Sequence[str]) -> None:
    for name in classes:
        if labels and name not in labels:
            known = ", ".join(labels[:20])
            raise InputError(f"has a class '{name}' that the model does not know", on=folder, expected=f"folders named {known}")
        if not _images(folder / name):
            raise InputError("holds no images", on=folder / name, expected=_EXPECTED)
    if len(classes) == 1:
        raise InputError(f"holds images of one class only, '{classes[0]}'", on=folder, expected="a folder for each class, at least two")


def _images(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file())


def _fitted(path: Path, shape: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
    refuse_large_file(path, "image")
    try:
        return fitted_picture(read_bytes(path, kind="image"), shape[1], shape[0], shape[2])
    except ValueError as error:
        raise InputError(f"is not a readable image: {error}", on=path, expected="an intact PNG, JPEG, BMP or GIF file") from None


def _read(path: Path, shape: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
    refuse_large_file(path, "image")
    content = read_bytes(path, kind="image")
    try:
        width, height = image_size(content)
        if (width, height) == (shape[1], shape[0]):  # before anything is unpacked
            image = decode_image(content, shape[2])
            height, width = image.shape[:2]
    except ValueError as error:
        raise InputError(f"is not a readable image: {error}", on=path, expected="an intact PNG, JPEG, BMP or GIF file") from None
    if (width, height) != (shape[1], shape[0]):
        expected = f"{shape[1]}x{shape[0]}, as the model's input"
        raise InputError(f"is {width}x{height} pixels", on=path, expected=expected, hint="resize the images")
    return image
