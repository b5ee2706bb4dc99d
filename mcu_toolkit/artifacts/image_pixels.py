"""The pixels of a picture, by Pillow.

Quantized models and their accuracies depend on pixels, so they are what TensorFlow's decoder made of the same file, which read
pictures until Pillow did: byte for byte for PNG, BMP and GIF, grey values of coloured pictures included.  Three exceptions:

- JPEG: TensorFlow takes libjpeg's fast inverse transform, Pillow the exact one, so values differ by a few (docs/how-to/quantization.md).
- A BMP with a palette: TensorFlow showed the numbers of the colours, not the colours.
- A PNG of 16 bits a channel in colour, read as grey: TensorFlow weighs before it drops the lower bits, which can be one step.
"""

from __future__ import annotations

import importlib  # Pillow is read only where there are pictures
import io
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.image_size import image_size

_FORMATS = ("PNG", "JPEG", "BMP", "GIF")
_GREY_WEIGHTS = (9797, 19234, 3737)
"""Of red, green and blue, in 1/32768: 0.299, 0.587 and the rest, as libpng rounds them; the sum is rounded down (PNG's rgb_to_gray)."""
_GREY_SHIFT = 15


def decode_image(content: bytes, channels: int) -> npt.NDArray[np.uint8]:
    """The pixels of a PNG, JPEG, BMP or GIF file, uint8 [height, width, channels] (1 or 3); the first picture of a moving one.

    Of 16 bits the upper 8 are kept; what is transparent keeps its colour, and is black in a GIF.
    Raises ValueError for what is no such file, or damaged.
    """
    size = image_size(content)
    pillow = importlib.import_module("PIL.Image")
    try:
        with pillow.open(io.BytesIO(content), formats=_FORMATS) as image:
            if image.size != size:  # nothing larger than the caller looked at is unpacked
                raise ValueError(f"it says it has {size[0]}x{size[1]} pixels and {image.size[0]}x{image.size[1]}")
            if channels == 1 and image.format == "JPEG":
                image.draft("L", image.size)  # the file's own grey, not one made of its colours
            return _pixels(image, channels)
    except ValueError:
        raise
    except Exception as error:  # no common base: OSError, SyntaxError, EOFError, struct.error, DecompressionBombError ...
        reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise ValueError(reason[:200]) from None


def _pixels(image: Any, channels: int) -> npt.NDArray[np.uint8]:
    if image.mode == "L":
        grey = np.asarray(image)[..., np.newaxis]
        return grey if channels == 1 else np.repeat(grey, 3, axis=-1)
    if image.mode.startswith("I"):  # 16 bits of grey
        grey = (np.asarray(image) >> 8).astype(np.uint8)[..., np.newaxis]
        return grey if channels == 1 else np.repeat(grey, 3, axis=-1)
    if image.format == "GIF":
        with_alpha = np.asarray(image.convert("RGBA"))
        colours = np.where(with_alpha[..., 3:] > 0, with_alpha[..., :3], np.uint8(0))
    else:
        colours = np.asarray(image.convert("RGB"))
    return _grey(colours) if channels == 1 else colours


def _grey(colours: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """uint8 [height, width, 3] to [height, width, 1]."""
    total = colours.astype(np.uint32) @ np.array(_GREY_WEIGHTS, np.uint32)
    return (total >> _GREY_SHIFT).astype(np.uint8)[..., np.newaxis]
