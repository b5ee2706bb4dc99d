"""Another view of a photograph, drawn at random: another part of it, mirrored or not, lighter or darker."""

from __future__ import annotations

import importlib  # Pillow is read only where there are pictures
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.picture import FILTER

_SMALLEST_SHARE = 0.6
"""Of the picture's area in the part that is cut out."""
_WIDEST = 4 / 3
"""Width of that part over its height, or the other way round: it is stretched to the model's shape."""
_LIGHT = 0.2
"""Brightness, contrast and saturation are changed by at most this share."""


@dataclass(frozen=True)
class View:
    """What is drawn for one picture in one epoch; the same for a model and for its teacher."""

    box: tuple[float, float, float, float]
    """Left, top, right and bottom of the part, as shares of width and height."""
    mirrored: bool
    brightness: float
    contrast: float
    saturation: float


def draw_view(width: int, height: int, generator: np.random.Generator, *, mirror: bool) -> View:
    """A view of a picture of `width` x `height` pixels; `mirror` allows its mirror image in one of two."""
    area = width * height * generator.uniform(_SMALLEST_SHARE, 1.0)
    ratio = math.exp(generator.uniform(-math.log(_WIDEST), math.log(_WIDEST)))
    across, down = min(width, math.sqrt(area * ratio)), min(height, math.sqrt(area / ratio))
    left, top = generator.uniform(0, 1) * (width - across), generator.uniform(0, 1) * (height - down)
    box = (left / width, top / height, (left + across) / width, (top + down) / height)
    mirrored = bool(generator.integers(2)) and mirror
    brightness, contrast, saturation = (1.0 + generator.uniform(-_LIGHT, _LIGHT) for _ in range(3))
    return View(box, mirrored, brightness, contrast, saturation)


def viewed(image: Any, view: View, size: int) -> npt.NDArray[np.uint8]:
    """The view of a PIL image in RGB as uint8 [size, size, 3]."""
    pillow, operations = importlib.import_module("PIL.Image"), importlib.import_module("PIL.ImageOps")
    enhance = importlib.import_module("PIL.ImageEnhance")
    width, height = image.size
    box = (view.box[0] * width, view.box[1] * height, view.box[2] * width, view.box[3] * height)
    part = image.resize((size, size), pillow.Resampling[FILTER], box=box)
    part = operations.mirror(part) if view.mirrored else part
    for kind, factor in ((enhance.Brightness, view.brightness), (enhance.Contrast, view.contrast), (enhance.Color, view.saturation)):
        part = kind(part).enhance(factor)
    return np.asarray(part)
