"""What pictures of results are drawn with: Pillow, a font that has the letters, and colours that a colour-blind reader can tell apart."""

from __future__ import annotations

import importlib  # Pillow is read only where there is something to draw
import io
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.report.fonts import lettering
from mcu_toolkit.terminal_text import visible_line

Colour = tuple[int, int, int]
Point = tuple[float, float]

# Okabe and Ito, Color Universal Design (2008): told apart with every kind of colour blindness.
BLUE: Colour = (0, 114, 178)
VERMILION: Colour = (213, 94, 0)
INK: Colour = (32, 32, 32)
FAINT: Colour = (150, 150, 150)
LINE: Colour = (215, 215, 215)
PAPER: Colour = (255, 255, 255)
SERIES: tuple[Colour, ...] = (BLUE, VERMILION, (0, 158, 115), (204, 121, 167), (230, 159, 0), (86, 180, 233))

TEXT_SIZE = 15
_WITH_DASHES = 6


class Canvas:
    """A white picture that text, lines and small pictures are put on; coordinates are pixels from the upper left corner."""

    def __init__(self, width: int, height: int) -> None:
        self._image = _pillow("Image").new("RGB", (width, height), PAPER)
        self._draw = _pillow("ImageDraw").Draw(self._image)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        width, height = self._image.size
        return width, height

    def text(self, at: Point, words: str, *, size: int = TEXT_SIZE, colour: Colour = INK, anchor: str = "la") -> None:
        """`words` at a point; `anchor` is Pillow's: `la` left and top, `mm` the middle, `rm` right and middle."""
        found = lettering(visible_line(words), size)
        self._draw.text(at, found.words, fill=colour, font=found.font, anchor=anchor)

    def line(self, points: Sequence[Point], *, colour: Colour = INK, width: int = 1) -> None:
        """A line from point to point."""
        self._draw.line([*points], fill=colour, width=width, joint="curve")

    def dashes(self, start: Point, end: Point, *, colour: Colour = FAINT, width: int = 1) -> None:
        """A dashed line, upright or level or slanted."""
        steps = max(1, round(max(abs(end[0] - start[0]), abs(end[1] - start[1])) / _WITH_DASHES))
        for step in range(0, steps, 2):
            pair = [tuple(a + (b - a) * k / steps for a, b in zip(start, end, strict=True)) for k in (step, min(step + 1, steps))]
            self._draw.line(pair, fill=colour, width=width)

    def box(
        self, left: float, top: float, right: float, bottom: float, *, fill: Colour | None = None, outline: Colour | None = None
    ) -> None:
        """A rectangle."""
        self._draw.rectangle((left, top, right, bottom), fill=fill, outline=outline)

    def frame(self, left: float, top: float, size: float, colour: Colour, width: int, *, dashed: bool = False) -> None:
        """A square frame just outside of the square at (left, top)."""
        right, bottom = left + size, top + size
        if not dashed:
            self._draw.rectangle((left - width, top - width, right + width - 1, bottom + width - 1), outline=colour, width=width)
            return
        corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
        for start, end in itertools.pairwise(corners):
            self.dashes(start, end, colour=colour, width=width)

    def tick(self, left: float, top: float, size: float) -> None:
        """A check mark on a blue disc."""
        self._draw.ellipse((left, top, left + size, top + size), fill=BLUE, outline=PAPER, width=1)
        points = [(left + size * x, top + size * y) for x, y in ((0.24, 0.52), (0.43, 0.72), (0.77, 0.3))]
        self.line(points, colour=PAPER, width=max(2, round(size / 8)))

    def cross(self, left: float, top: float, size: float) -> None:
        """A cross on an orange square."""
        self._draw.rectangle((left, top, left + size, top + size), fill=VERMILION, outline=PAPER, width=1)
        near, far, width = 0.25 * size, 0.75 * size, max(2, round(size / 8))
        self.line([(left + near, top + near), (left + far, top + far)], colour=PAPER, width=width)
        self.line([(left + near, top + far), (left + far, top + near)], colour=PAPER, width=width)

    def dot(self, at: Point, radius: float, colour: Colour) -> None:
        """A filled disc."""
        self._draw.ellipse((at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius), fill=colour, outline=PAPER, width=1)

    def picture(self, left: int, top: int, size: int, pixels: npt.NDArray[np.uint8]) -> None:
        """`pixels` [height, width, 1 or 3] in a square of `size` pixels; large ones are averaged, of small ones one sees the pixels."""
        module = _pillow("Image")
        image = module.fromarray(np.repeat(pixels, 3, axis=-1) if pixels.shape[-1] == 1 else pixels)
        ratio = size / max(image.size)
        wanted = tuple(max(1, round(length * ratio)) for length in image.size)
        image = image.resize(wanted, module.Resampling.NEAREST if ratio >= 2 else module.Resampling.LANCZOS)
        self.box(left, top, left + size - 1, top + size - 1, fill=LINE)
        self._image.paste(image, (left + (size - wanted[0]) // 2, top + (size - wanted[1]) // 2))

    def png(self) -> bytes:
        """The picture as a PNG file."""
        content = io.BytesIO()
        self._image.save(content, "PNG", optimize=True)
        return content.getvalue()


def text_width(words: str, size: int = TEXT_SIZE) -> float:
    """In pixels."""
    found = lettering(visible_line(words), size)
    return float(found.font.getlength(found.words))


def shortened(words: str, width: float, size: int = TEXT_SIZE) -> str:
    """`words`, with dots for the end of what does not fit into `width` pixels."""
    shown = visible_line(words)
    if text_width(shown, size) <= width:
        return shown
    while shown and text_width(f"{shown}...", size) > width:
        shown = shown[:-1]
    return f"{shown}..."


def _pillow(module: str) -> Any:
    return importlib.import_module(f"PIL.{module}")
