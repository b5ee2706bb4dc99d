"""Pictures and sounds as a model's inputs, by the preprocessing that it was trained with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.contract import takes_features
from mcu_toolkit.artifacts.image_folder import IMAGE_SUFFIXES
from mcu_toolkit.artifacts.picture import fitted, open_picture
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.artifacts.sound import Sound, read_sound
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend import AudioFrontend, features_of
from mcu_toolkit.system.archives import refuse_large_file, refuse_larger
from mcu_toolkit.system.files import read_bytes

_MAX_PICTURES = 20_000


@dataclass(frozen=True)
class Media:
    """`array`: real inputs, float32 [files, *shape]; `notes`: what was done to the files to make them fit."""

    array: npt.NDArray[np.float32]
    notes: tuple[str, ...]


def files_in(folder: Path) -> list[Path]:
    """The pictures in `folder` and in the folders in it, in the order of their names; raises InputError where there are none."""
    inside = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    found = [path for place in (folder, *inside) for path in sorted(place.iterdir()) if path.suffix.lower() in IMAGE_SUFFIXES]
    found = [path for path in found if path.is_file()]
    if not found:
        raise InputError("holds no pictures", on=folder, expected=f"files ending in {', '.join(IMAGE_SUFFIXES)}")
    if len(found) > _MAX_PICTURES:
        raise InputError(f"holds {len(found):,} pictures", on=folder, expected=f"at most {_MAX_PICTURES:,}")
    return found


def read_pictures(paths: Sequence[Path], shape: tuple[int, ...], preprocessing: Preprocessing | None) -> Media:
    """Pictures of any size for a model whose samples have `shape`: upright, the middle scaled to it as in training, then preprocessed.

    Raises InputError: a model that takes no pictures, or does not say how pixels become its inputs; a file that is no picture, is
    damaged or far too large.
    """
    first = paths[0]
    if preprocessing is None or preprocessing.raw_dtype != "uint8":
        raise InputError(
            "is a picture, and nothing says how its pixels become the model's inputs",
            on=first,
            expected="a model that holds its preprocessing, as mcu train and mcu quantize write it",
            hint='--preprocessing FILE.toml with raw_dtype = "uint8", layout = "hwc" and scale',
        )
    raw_shape = preprocessing.raw_shape(shape)
    if len(raw_shape) != 3:
        raise InputError(f"is a picture, the model's samples have the shape {list(shape)}", on=first, expected="a model of pictures")
    channels_first = (preprocessing.raw_layout or preprocessing.layout) == "chw"
    height, width, channels = (*raw_shape[1:], raw_shape[0]) if channels_first else raw_shape
    if channels not in (1, 3):
        raise InputError(f"is a picture, the model takes {channels} channels", on=first, expected="a model of 1 or 3 channels")
    preprocessing.check_shape(shape, first)
    refuse_larger(4 * len(paths) * height * width * channels, f"{len(paths):,} pictures", first)
    pixels, others = [], []
    for path in paths:
        refuse_large_file(path, "picture")
        content = read_bytes(path, kind="picture")
        try:
            image = open_picture(content)
        except ValueError as error:
            raise InputError(f"is not a readable picture: {error}", on=path, expected="an intact PNG, JPEG, BMP or GIF file") from None
        if image.size != (width, height):
            others.append(f"{path.name} ({image.width}x{image.height})")
        pixels.append(fitted(image, width, height, channels))
    raw = np.stack(pixels)
    notes = []
    if others:
        more = f" and {len(others) - 1:,} more" if len(others) > 1 else ""
        how = "as in training" if preprocessing.fit else "the model does not say how pictures are fitted"
        notes.append(f"not {width}x{height}: {others[0]}{more}; the middle is scaled to it, {how}")
    return Media(preprocessing.apply(np.moveaxis(raw, -1, 1) if channels_first else raw), tuple(notes))


def read_sounds(
    paths: Sequence[Path], shape: tuple[int, ...], preprocessing: Preprocessing | None, frontend: AudioFrontend | None = None
) -> Media:
    """WAV files, for a model whose samples are those of a sound, or the features of one by `frontend`.

    Too long sounds are cut, short ones filled with silence.  Raises InputError: a model that takes no sound, or does not say how it
    becomes its inputs; a file that is none.  What was done to a file (mixed down, resampled) is in the notes.
    """
    if frontend is not None:
        return _features(paths, shape, preprocessing, frontend)
    elements = int(np.prod(shape))
    if preprocessing is None or preprocessing.raw_dtype != "int16" or max(shape, default=1) != elements:
        raise InputError(
            "is a sound, and the model does not take the samples of a sound",
            on=paths[0],
            expected=f'a model whose preprocessing has raw_dtype "int16" and whose input is one row of samples, not {list(shape)}',
            hint="--frontend FILE.toml where its inputs are features of a sound; else make them as in training and give them as .npz",
        )
    refuse_larger(4 * len(paths) * elements, f"{len(paths):,} sounds", paths[0])
    raw, notes = np.zeros((len(paths), elements), np.int16), []
    for number, path in enumerate(paths):
        sound = read_sound(path)
        found = sound.samples
        notes += _remarks(path, sound)
        raw[number, : len(found)] = found[:elements]
        if len(found) != elements:
            done = "the rest is cut off" if len(found) > elements else "filled up with silence"
            notes.append(f"{path.name} has {len(found):,} samples, the model takes {elements:,}: {done}")
    return Media(preprocessing.apply(raw.reshape(len(paths), *shape)), tuple(notes))


def _remarks(path: Path, sound: Sound) -> list[str]:
    return [f"{path.name}: {remark}" for remark in sound.remarks]


def _features(paths: Sequence[Path], shape: tuple[int, ...], preprocessing: Preprocessing | None, frontend: AudioFrontend) -> Media:
    """The features of each sound's first frames, as many as the model takes, through the preprocessing."""
    elements = int(np.prod(shape))
    if not takes_features(elements, preprocessing, frontend):
        raise InputError(
            "is a sound, and the model does not take what its front end computes",
            on=paths[0],
            expected=f"an input whose size is a multiple of {frontend.features} features, not {list(shape)}, "
            'and a preprocessing with raw_dtype "uint16"',
        )
    frames = elements // frontend.features
    wanted = frontend.samples_for(frames)
    refuse_larger(4 * len(paths) * elements, f"{len(paths):,} sounds", paths[0])
    raw, notes = np.zeros((len(paths), elements), np.uint16), []
    for number, path in enumerate(paths):
        sound = read_sound(path, frontend.sample_rate_hz)
        notes += _remarks(path, sound)
        if len(sound.samples) != wanted:
            done = "the rest is cut off" if len(sound.samples) > wanted else "filled up with silence"
            notes.append(f"{path.name} has {len(sound.samples):,} samples, {frames} frames take {wanted:,}: {done}")
        samples = np.zeros(wanted, np.int16)
        samples[: len(sound.samples)] = sound.samples[:wanted]
        raw[number] = features_of(samples, frontend).ravel()
    real = (preprocessing or Preprocessing("uint16")).apply(raw.reshape(len(paths), *shape))
    if preprocessing is None:
        notes.append("features are real values as they are: the model has no preprocessing that scales them")
    return Media(real, tuple(notes))
