"""`mcu frontend`: what a front end is, what it makes of sounds, its C, and a model that holds it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.code_names import unique_names
from mcu_toolkit.artifacts.contract import contract_of_model, find_frontend, with_contract
from mcu_toolkit.artifacts.sound import read_sound
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import frontend_sources
from mcu_toolkit.frontend import AudioFrontend, features_of
from mcu_toolkit.model import read_model
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.system.archives import refuse_larger
from mcu_toolkit.system.confined import path_inside, write_inside
from mcu_toolkit.system.files import write_bytes

_MOST_SOUNDS = 20_000


@dataclass(frozen=True)
class FrontendRequest:
    """The options of `mcu frontend`."""

    frontend: str
    """A preset's name, a .toml or .json file, or a model that holds a front end."""
    sounds: Sequence[Path] = ()
    output: Path | None = None
    """Where to write the features: .npz with `x`, uint16 [sounds, frames, bands]."""
    c_folder: Path | None = None
    """Where to write the front end as C."""
    name: str = "audio"
    """What it is called there."""
    model: Path | None = None
    """A .tflite that shall hold the front end."""
    model_output: Path | None = None


@dataclass(frozen=True)
class SoundFeatures:
    """What a front end makes of one sound."""

    input: str
    samples: int
    frames: int
    smallest: int
    largest: int
    mean: float


@dataclass(frozen=True)
class FrontendResult:
    """What `mcu frontend` found and wrote."""

    frontend: AudioFrontend
    window_samples: int
    hop_samples: int
    sounds: tuple[SoundFeatures, ...]
    files: tuple[Path, ...]


def show_frontend(request: FrontendRequest) -> StepResult[FrontendResult]:
    """Describe the front end that `request` names, and do with it what is asked for; raises InputError for what cannot be done."""
    _check(request)
    frontend = find_frontend(request.frontend)
    sounds: list[SoundFeatures] = []
    kept: list[npt.NDArray[np.uint16]] = []
    for path in request.sounds:
        samples, features = _features(path, frontend)
        sounds.append(_facts(path, samples, features))
        if request.output is not None:
            refuse_larger((len(kept) + 1) * features.nbytes, f"{len(kept) + 1:,} sounds", request.output)
            kept.append(features)
    files = (
        *_write_features(request, kept),
        *_write_c(request, frontend),
        *_write_model(request, frontend),
    )
    lines = [*frontend.lines(), *_sound_lines(sounds), *([f"files: {', '.join(map(str, files))}"] if files else [])]
    return StepResult(
        "frontend", tuple(lines), FrontendResult(frontend, frontend.window_samples, frontend.hop_samples, tuple(sounds), files)
    )


def _check(request: FrontendRequest) -> None:
    """What is wrong with the request by itself, before anything is written."""
    if (request.model is None) != (request.model_output is None):
        raise InputError("--into and --model-output go together", expected="--into MODEL --model-output FILE")
    if len(request.sounds) > _MOST_SOUNDS:
        raise InputError(f"{len(request.sounds):,} sounds", expected=f"at most {_MOST_SOUNDS:,}")
    if request.output is not None and request.output.suffix != ".npz":
        raise InputError("is no .npz file", on=request.output, expected="a name that ends in .npz")
    if request.output is not None and not request.sounds:
        raise InputError("features of no sound", on=request.output, expected="WAV files behind the front end")
    [name] = unique_names([request.name])
    if name != request.name:
        raise InputError(f"'{request.name}' cannot be a name in C", expected=f"letters, digits and _: {name}, for example")


def _features(path: Path, frontend: AudioFrontend) -> tuple[int, npt.NDArray[np.uint16]]:
    sound = read_sound(path)
    if sound.rate_hz != frontend.sample_rate_hz:
        raise InputError(f"has {sound.rate_hz:,} Hz", on=path, expected=f"{frontend.sample_rate_hz:,} Hz, as the front end takes it")
    found = features_of(sound.samples, frontend)
    if not len(found):
        raise InputError(
            f"has {len(sound.samples):,} samples", on=path, expected=f"at least {frontend.window_samples:,}: one window of the front end"
        )
    return len(sound.samples), found


def _facts(path: Path, samples: int, features: npt.NDArray[np.uint16]) -> SoundFeatures:
    return SoundFeatures(str(path), samples, len(features), int(features.min()), int(features.max()), float(features.mean()))


def _sound_lines(sounds: Sequence[SoundFeatures]) -> list[str]:
    return [
        f"{one.input}: {one.samples:,} samples, {one.frames:,} frames, features {one.smallest} to {one.largest}, mean {one.mean:.1f}"
        for one in sounds
    ]


def _write_features(request: FrontendRequest, features: Sequence[npt.NDArray[Any]]) -> tuple[Path, ...]:
    if request.output is None:
        return ()
    if len({len(one) for one in features}) > 1:
        lengths = sorted({len(one) for one in features})
        raise InputError(
            f"sounds of {lengths[0]:,} to {lengths[-1]:,} frames in one file", on=request.output, expected="sounds of one length"
        )
    content = io.BytesIO()
    np.savez(content, x=np.stack(features))
    write_bytes(request.output, content.getvalue())
    return (request.output,)


def _write_c(request: FrontendRequest, frontend: AudioFrontend) -> tuple[Path, ...]:
    if request.c_folder is None:
        return ()
    texts = frontend_sources(frontend, request.name)
    for file in texts:
        path_inside(request.c_folder, file)
    for file, text in texts.items():
        write_inside(request.c_folder, file, text.encode())
    return tuple(request.c_folder / file for file in texts)


def _write_model(request: FrontendRequest, frontend: AudioFrontend) -> tuple[Path, ...]:
    if request.model is None or request.model_output is None:
        return ()
    model = read_model(request.model)
    write_bytes(request.model_output, with_contract(model.content, replace(contract_of_model(model), frontend=frontend)))
    return (request.model_output,)
