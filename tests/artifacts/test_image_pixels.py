"""Pixels by Pillow are those that TensorFlow's decoder gives, but for JPEG's inverse transform."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from mcu_toolkit.artifacts.image_pixels import decode_image
from mcu_toolkit.tensorflow_loader import load_tensorflow

HEIGHT, WIDTH = 24, 40
NOISE = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
ROWS, COLUMNS = np.mgrid[0:HEIGHT, 0:WIDTH]
SMOOTH = np.stack([128 + 100 * np.sin(COLUMNS / 9 + ROWS / 13), 128 + 100 * np.cos(COLUMNS / 7), ROWS * 5 % 256], -1).astype(np.uint8)
LARGEST_JPEG_DISTANCE = {"smooth": 8, "noise": 9}
"""Measured over quality 50 to 95 and every subsampling: the two inverse transforms of libjpeg."""


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def sixteen_bits(color_type: int, channels: int) -> bytes:
    """A PNG with 16 bits a channel, which Pillow does not write in colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    values = (NOISE.astype(np.uint16) * 256 + NOISE[..., ::-1])[..., :channels].astype(">u2")
    rows = b"".join(b"\0" + np.ascontiguousarray(row).tobytes() for row in values)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, color_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def pictures(pixels: npt.NDArray[np.uint8]) -> dict[str, bytes]:
    colour = Image.fromarray(pixels)
    grey = colour.convert("L")
    palette = colour.quantize(64)
    with_alpha, grey_with_alpha = colour.copy(), grey.copy()
    with_alpha.putalpha(Image.fromarray(pixels[..., 0]))
    grey_with_alpha.putalpha(Image.fromarray(pixels[..., 1]))
    return {
        "png": encoded(colour, "PNG"),
        "png-alpha": encoded(with_alpha, "PNG"),
        "png-grey": encoded(grey, "PNG"),
        "png-grey-alpha": encoded(grey_with_alpha, "PNG"),
        "png-palette": encoded(palette, "PNG"),
        "png-palette-transparent": encoded(palette, "PNG", transparency=3),
        "png-palette-4-bits": encoded(colour.quantize(16), "PNG", bits=4),
        "png-1-bit": encoded(grey.convert("1"), "PNG"),
        "png-grey-16": sixteen_bits(0, 1),
        "png-grey-alpha-16": sixteen_bits(4, 2),
    }


def only_in_colour(pixels: npt.NDArray[np.uint8]) -> dict[str, bytes]:
    """What TensorFlow's decoder makes no single channel of, or another one."""
    colour = Image.fromarray(pixels)
    palette, next_palette = colour.quantize(64), colour.transpose(Image.Transpose.FLIP_LEFT_RIGHT).quantize(64)
    return {
        "png-16": sixteen_bits(2, 3),
        "bmp": encoded(colour, "BMP"),
        "bmp-grey": encoded(colour.convert("L"), "BMP"),
        "gif": encoded(palette, "GIF"),
        "gif-transparent": encoded(palette, "GIF", transparency=3),
        "gif-moving": encoded(palette, "GIF", save_all=True, append_images=[next_palette]),
    }


CASES = [
    pytest.param(content, channels, id=f"{kind}-{name}-{channels}")
    for kind, pixels in (("smooth", SMOOTH), ("noise", NOISE))
    for channels, found in ((1, pictures(pixels)), (3, pictures(pixels) | only_in_colour(pixels)))
    for name, content in found.items()
]


def by_tensorflow(content: bytes, channels: int) -> npt.NDArray[np.uint8]:
    pixels: npt.NDArray[np.uint8] = load_tensorflow().io.decode_image(content, channels=channels, expand_animations=False).numpy()
    return pixels


@pytest.mark.parametrize(("content", "channels"), CASES)
def test_pixels_are_those_of_tensorflow(content: bytes, channels: int) -> None:
    pixels = decode_image(content, channels)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (HEIGHT, WIDTH, channels)
    assert np.array_equal(pixels, by_tensorflow(content, channels))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("options", [{"quality": 50}, {"quality": 95}, {"quality": 95, "subsampling": 0}, {"progressive": True}], ids=str)
@pytest.mark.parametrize("kind", ["smooth", "noise"])
def test_a_jpeg_is_as_tensorflow_reads_it_with_the_exact_transform(kind: str, options: dict[str, Any], channels: int) -> None:
    content = encoded(Image.fromarray(SMOOTH if kind == "smooth" else NOISE), "JPEG", **options)
    pixels = decode_image(content, channels)
    exact = load_tensorflow().io.decode_jpeg(content, channels=channels, dct_method="INTEGER_ACCURATE").numpy()
    assert np.array_equal(pixels, exact)
    fast = pixels.astype(int) - by_tensorflow(content, channels)
    assert 0 < np.abs(fast).max() <= LARGEST_JPEG_DISTANCE[kind], "its default is the fast transform"


@pytest.mark.parametrize("channels", [1, 3])
def test_a_grey_jpeg_has_one_value_a_pixel(channels: int) -> None:
    pixels = decode_image(encoded(Image.fromarray(SMOOTH).convert("L"), "JPEG", quality=95), channels)
    assert pixels.shape == (HEIGHT, WIDTH, channels)
    assert (pixels == pixels[..., :1]).all()


def test_a_bmp_with_a_palette_has_its_colours() -> None:
    palette = Image.fromarray(SMOOTH).quantize(64)
    assert np.array_equal(decode_image(encoded(palette, "BMP"), 3), np.asarray(palette.convert("RGB")))


def test_bmp_and_gif_can_be_read_as_grey() -> None:
    grey = decode_image(encoded(Image.fromarray(SMOOTH), "PNG"), 1)
    assert np.array_equal(decode_image(encoded(Image.fromarray(SMOOTH), "BMP"), 1), grey)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF"])
def test_a_damaged_picture_is_an_error(kind: str) -> None:
    content = encoded(Image.fromarray(NOISE), kind)
    with pytest.raises(ValueError, match=r"\w"):
        decode_image(content[: len(content) // 2], 3)


def test_other_formats_of_pillow_are_not_read() -> None:
    for kind in ("TIFF", "WEBP", "PPM"):
        with pytest.raises(ValueError, match="not a PNG, JPEG, BMP or GIF file"):
            decode_image(encoded(Image.fromarray(NOISE), kind), 3)


def test_a_picture_that_states_two_sizes_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcu_toolkit.artifacts.image_pixels.image_size", lambda content: (8, 8))
    with pytest.raises(ValueError, match=f"it says it has 8x8 pixels and {WIDTH}x{HEIGHT}"):
        decode_image(encoded(Image.fromarray(NOISE), "PNG"), 3)
