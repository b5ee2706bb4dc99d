"""A photograph of any size, mode and orientation becomes the pixels that a model takes."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mcu_toolkit.artifacts.picture import MAX_PIXELS, fitted, fitted_picture, open_picture
from mcu_toolkit.train.images.augmentation import View, viewed


def saved(image: Image.Image, kind: str, **more: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **more)
    return stream.getvalue()


def halves(width: int, height: int) -> Image.Image:
    """Red above, blue below."""
    image = Image.new("RGB", (width, height), (255, 0, 0))
    image.paste((0, 0, 255), (0, height // 2, width, height))
    return image


def test_a_picture_of_the_right_size_keeps_its_pixels() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    np.testing.assert_array_equal(fitted_picture(saved(Image.fromarray(pixels), "PNG"), 30, 20), pixels)


def test_the_middle_is_cut_out_and_scaled() -> None:
    image = Image.new("RGB", (400, 100), (0, 255, 0))
    image.paste((255, 255, 255), (150, 0, 250, 100))  # the middle square
    found = fitted_picture(saved(image, "PNG"), 50, 50)
    assert found.shape == (50, 50, 3)
    assert (found[:, 3:-3] == 255).all()  # the filter reaches over three pixels: those see a little of the green beside them
    assert (found[:, 1:-1] >= 253).all()


@pytest.mark.parametrize(("orientation", "above"), [(1, (255, 0, 0)), (3, (0, 0, 255))])
def test_the_orientation_of_the_camera_is_obeyed(orientation: int, above: tuple[int, int, int]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = fitted_picture(saved(halves(40, 40), "PNG", exif=exif), 40, 40)
    assert tuple(found[0, 0]) == above


def test_a_picture_on_its_side_is_put_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    assert open_picture(saved(halves(60, 40), "JPEG", exif=exif)).size == (40, 60)


def test_transparent_parts_are_white() -> None:
    image = halves(10, 10)
    image.putalpha(Image.new("L", (10, 10), 0))
    assert (fitted_picture(saved(image, "PNG"), 10, 10) == 255).all()
    palette = Image.new("P", (10, 10), 0)
    assert (fitted_picture(saved(palette, "PNG", transparency=0), 10, 10) == 255).all()


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "LA", "I;16"])
def test_every_mode_becomes_three_channels_or_one(mode: str) -> None:
    image = Image.fromarray(np.full((8, 8), 0x8000, np.uint16)) if mode == "I;16" else Image.new("L", (8, 8), 128).convert(mode)
    content = saved(image, "JPEG" if mode == "CMYK" else "PNG")
    assert fitted_picture(content, 8, 8).shape == (8, 8, 3)
    assert fitted_picture(content, 8, 8, 1).shape == (8, 8, 1)
    if mode in ("L", "I;16"):
        assert (fitted_picture(content, 8, 8) == 128).all()


def test_what_says_it_is_huge_is_not_unpacked() -> None:
    content = bytearray(saved(Image.new("RGB", (4, 4)), "BMP"))
    content[18:26] = (1 << 14).to_bytes(4, "little") + (1 << 13).to_bytes(4, "little")
    assert MAX_PIXELS < 1 << 27
    with pytest.raises(ValueError, match="more than 67,108,864"):
        open_picture(bytes(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP"])
def test_every_cut_is_refused(kind: str) -> None:
    content = saved(Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)), kind)
    for length in range(0, len(content) * 9 // 10, 37):
        with pytest.raises(ValueError, match=r"\w"):
            open_picture(content[:length])


def test_detail_outlives_scaling() -> None:
    """Stripes of three pixels become stripes of 1.6: a bilinear filter leaves two thirds of their contrast."""
    stripes = np.where(np.arange(176) // 3 % 2, 200, 50).astype(np.uint8)
    image = Image.fromarray(np.repeat(np.tile(stripes, (176, 1))[:, :, np.newaxis], 3, axis=2))
    ours = fitted(image, 96, 96)[:, :, 0].std()
    bilinear = np.asarray(image.resize((96, 96), Image.Resampling.BILINEAR))[:, :, 0].std()
    assert ours > 1.2 * bilinear


def test_a_view_of_a_whole_picture_is_the_picture_as_it_is_fitted() -> None:
    image = Image.fromarray(np.random.default_rng(1).integers(0, 256, (90, 90, 3), dtype=np.uint8))
    whole = View((0.0, 0.0, 1.0, 1.0), mirrored=False, brightness=1.0, contrast=1.0, saturation=1.0)
    np.testing.assert_array_equal(viewed(image, whole, 48), fitted(image, 48, 48))
