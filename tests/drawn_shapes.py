"""Pictures of drawn shapes in a folder per class: what `mcu train images` learns in the tests, within seconds and from no file of others.

Sizes, formats and modes are mixed as in a folder of photographs: JPEG, PNG with an alpha channel, BMP, grey pictures.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SHAPES = ("disc", "square", "triangle")
_SUFFIXES = (".jpg", ".png", ".bmp", ".jpeg")


def drawn(shape: str, generator: np.random.Generator, *, side: int | None = None) -> Image.Image:
    """A bright shape of some size somewhere on a dark noisy ground, RGB; `cats` are discs and `dogs` are squares."""
    width, height = (side, side) if side else (int(generator.integers(50, 110)), int(generator.integers(50, 110)))
    ground = generator.integers(0, 90, (height, width, 3), dtype=np.uint8)
    image = Image.fromarray(ground)
    radius = min(width, height) * generator.uniform(0.25, 0.4)
    x, y = width / 2 + generator.uniform(-4, 4), height / 2 + generator.uniform(-4, 4)
    colour = tuple(int(value) for value in generator.integers(150, 256, 3))
    box = (x - radius, y - radius, x + radius, y + radius)
    pen = ImageDraw.Draw(image)
    if shape in ("disc", "cats"):
        pen.ellipse(box, fill=colour)
    elif shape in ("square", "dogs"):
        pen.rectangle(box, fill=colour)
    else:
        pen.polygon([(x, y - radius), (x - radius, y + radius), (x + radius, y + radius)], fill=colour)
    return image


def draw_folder(folder: Path, *, pictures: int, shapes: tuple[str, ...] = SHAPES, seed: int = 0) -> Path:
    """`pictures` of each shape below `folder`, which is made; returns it."""
    generator = np.random.default_rng(seed)
    for shape in shapes:
        (folder / shape).mkdir(parents=True)
        for number in range(pictures):
            suffix = _SUFFIXES[number % len(_SUFFIXES)]
            image = drawn(shape, generator)
            if number % 7 == 3:
                image = image.convert("L")
            if suffix == ".png":
                image.putalpha(255)
            image.save(folder / shape / f"{number:03}{suffix}")
    return folder
