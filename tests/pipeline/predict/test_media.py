"""Pictures and sounds become a model's inputs as in training, and what cannot is refused."""

from __future__ import annotations

import io
import struct
import wave
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.errors import InputError
from mcu_toolkit.pipeline.predict.media import files_in, read_pictures, read_sounds
from mcu_toolkit.pipeline.predict.samples import Given, Takes, samples_of

PIXELS = Preprocessing("uint8", scale=(1 / 255,), layout="hwc", channel_order="rgb", fit="crop")
SHAPE = (8, 8, 3)
SOUND = Preprocessing("int16", scale=(1 / 32768,))


def _picture(path: Path, width: int, height: int, colour: tuple[int, ...] = (255, 0, 51), mode: str = "RGB") -> Path:
    Image.new(mode, (width, height), colour if mode != "L" else colour[0]).save(path)
    return path


def _sound(path: Path, samples: np.ndarray, channels: int = 1, width: int = 2) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(8000)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def test_a_picture_of_the_models_size_is_preprocessed_and_nothing_else(tmp_path: Path) -> None:
    found = read_pictures([_picture(tmp_path / "a.png", 8, 8)], SHAPE, PIXELS)
    np.testing.assert_allclose(found.array, np.broadcast_to([1, 0, 0.2], (1, *SHAPE)), atol=1e-6)
    assert found.notes == ()


def test_the_middle_of_a_larger_picture_is_scaled_and_that_is_told(tmp_path: Path) -> None:
    path = _picture(tmp_path / "wide.png", 64, 16)
    with Image.open(path) as image:
        image.paste((0, 0, 0), (0, 0, 16, 16))  # further outside of the middle than the filter reaches
        image.paste((0, 0, 0), (48, 0, 64, 16))
        image.save(path)
    found = read_pictures([path, _picture(tmp_path / "b.png", 8, 9)], SHAPE, PIXELS)
    np.testing.assert_allclose(found.array[0], np.broadcast_to([1, 0, 0.2], SHAPE), atol=1e-6)
    assert found.notes == ("not 8x8: wide.png (64x16) and 1 more; the middle is scaled to it, as in training",)


def test_where_the_model_does_not_say_how_pictures_are_fitted_that_is_told(tmp_path: Path) -> None:
    found = read_pictures([_picture(tmp_path / "a.png", 16, 9)], SHAPE, Preprocessing("uint8", layout="hwc"))
    assert found.notes == ("not 8x8: a.png (16x9); the middle is scaled to it, the model does not say how pictures are fitted",)


def test_layout_and_channels_are_the_models(tmp_path: Path) -> None:
    path = _picture(tmp_path / "a.png", 8, 8)
    first = read_pictures([path], (3, 8, 8), Preprocessing("uint8", scale=(1 / 255,), layout="chw", raw_layout="hwc"))
    np.testing.assert_allclose(first.array[0, :, 0, 0], [1, 0, 0.2], atol=1e-6)
    described = Preprocessing("uint8", scale=(1 / 255,), layout="hwc")
    grey = read_pictures([_picture(tmp_path / "g.png", 8, 8, (51,), "L")], (8, 8, 1), described)
    np.testing.assert_allclose(grey.array, 0.2, atol=1e-6)


def test_a_folder_is_every_picture_in_it_and_in_its_folders(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    paths = [_picture(tmp_path / name, 8, 8) for name in ("b.png", "a.jpg", "cats/é c.bmp")]
    (tmp_path / "notes.txt").write_text("no picture")
    assert files_in(tmp_path) == [paths[1], paths[0], paths[2]]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no pictures"):
        files_in(tmp_path / "empty")


def _png(width: int, height: int) -> bytes:
    """A file of a few bytes that says how large it is."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is not a readable picture"),
        (b"text in a file that is called a picture", "is not a readable picture"),
        (_png(60_000, 60_000), "60000x60000 pixels"),
        (_png(64, 64), "is not a readable picture"),
    ],
    ids=["empty", "text", "bomb", "cut off"],
)
def test_what_is_no_picture_is_refused_by_name(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(content)
    with pytest.raises(InputError, match=what) as raised:
        read_pictures([path], SHAPE, PIXELS)
    assert raised.value.on == str(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not found"):
        read_pictures([tmp_path / "none.png"], SHAPE, PIXELS)


@pytest.mark.parametrize(
    ("shape", "preprocessing", "what"),
    [
        (SHAPE, None, "nothing says how its pixels"),
        (SHAPE, Preprocessing(), "nothing says how its pixels"),
        ((192,), Preprocessing("uint8"), "samples have the shape"),
        ((8, 8, 5), Preprocessing("uint8", layout="hwc"), "takes 5 channels"),
    ],
)
def test_a_model_of_other_things_takes_no_picture(
    tmp_path: Path, shape: tuple[int, ...], preprocessing: Preprocessing | None, what: str
) -> None:
    with pytest.raises(InputError, match=what):
        read_pictures([_picture(tmp_path / "a.png", 8, 8)], shape, preprocessing)


def test_a_sound_is_cut_or_filled_up_and_that_is_told(tmp_path: Path) -> None:
    long, short = _sound(tmp_path / "long.wav", np.arange(100)), _sound(tmp_path / "short.wav", np.full(10, 16384))
    found = read_sounds([long, short], (1, 40), SOUND)
    np.testing.assert_allclose(found.array[0, 0], np.arange(40) / 32768, atol=1e-7)
    assert found.array[1, 0].tolist() == [0.5] * 10 + [0.0] * 30
    assert found.notes == (
        "long.wav has 100 samples, the model takes 40: the rest is cut off",
        "short.wav has 10 samples, the model takes 40: filled up with silence",
    )


def test_channels_are_mixed_down_and_that_is_told(tmp_path: Path) -> None:
    found = read_sounds([_sound(tmp_path / "stereo.wav", np.full(80, 300), channels=2)], (40,), SOUND)
    assert found.notes == ("stereo.wav: 2 channels mixed down",)
    assert found.array[0, 0] == pytest.approx(300 / 32768)


def test_what_is_no_sound_or_for_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    stereo = _sound(tmp_path / "stereo.wav", np.zeros(40), channels=2)
    stereo.write_bytes(b"RIFF____WAVE")
    with pytest.raises(InputError, match="not a readable sound"):
        read_sounds([stereo], (40,), SOUND)
    stereo.write_bytes(b"hi\n")
    with pytest.raises(InputError, match="not a readable sound: it is no WAV file"):
        read_sounds([stereo], (40,), SOUND)
    with pytest.raises(InputError, match="does not take the samples of a sound"):
        read_sounds([stereo], (49, 10, 1), SOUND)
    with pytest.raises(InputError, match="does not take the samples of a sound"):
        read_sounds([stereo], (40,), None)


def _given(*words: str) -> Given:
    return samples_of(words, Takes([SHAPE], lambda path: (np.load(path),), PIXELS))


def test_words_are_of_one_kind(tmp_path: Path) -> None:
    picture = str(_picture(tmp_path / "a.png", 8, 8))
    with pytest.raises(InputError, match="numbers and pictures together"):
        _given("1,2", picture)
    assert _given(picture, str(tmp_path)).names == (picture, picture)
    with pytest.raises(InputError, match="pictures for a model of 2 inputs"):
        samples_of([picture], Takes([SHAPE, SHAPE], lambda path: (), PIXELS))


def test_data_files_of_different_types_are_not_mixed(tmp_path: Path) -> None:
    for name, dtype in (("a.npy", np.float32), ("b.npy", np.int8)):
        np.save(tmp_path / name, np.zeros((1, *SHAPE), dtype))
    with pytest.raises(InputError, match="another type of numbers"):
        _given(str(tmp_path / "a.npy"), str(tmp_path / "b.npy"))


def test_a_picture_is_upright_as_the_camera_says(tmp_path: Path) -> None:
    image = Image.new("RGB", (16, 8), (0, 0, 0))
    image.paste((255, 255, 255), (0, 0, 8, 8))  # white on the left
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise: the left becomes the top
    content = io.BytesIO()
    image.save(content, "JPEG", exif=exif, quality=95)
    (tmp_path / "a.jpg").write_bytes(content.getvalue())
    found = read_pictures([tmp_path / "a.jpg"], (16, 8, 3), PIXELS).array[0]
    assert found[:6].min() > 0.9
    assert found[10:].max() < 0.1
