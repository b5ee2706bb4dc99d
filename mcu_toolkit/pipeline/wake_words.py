"""Manifests of wake words beside models: `--manifest` of `mcu generate` and `mcu deploy`, and `mcu manifest`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.artifacts.wake_word import STYLES, Style, listening_model, manifest_text, read_manifest, style_lines
from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.model import Model, read_model
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.system.files import write_text

_ARENA_BYTES = 32_768
"""ESPHome's interpreter gets so much if nothing is said: its arena is not known before TFLM has run the model."""


@dataclass(frozen=True)
class ManifestResult:
    """What `mcu manifest` wrote."""

    model: Path
    manifest: Path
    wake_word: str
    tensor_arena_bytes: int


def check_style(word: str) -> Style:
    """The style of that name; raises UnknownNameError for another."""
    if word not in STYLES:
        raise UnknownNameError("style", word, STYLES)
    return word


def with_manifests(models: Sequence[Model], manifests: Sequence[Path], style: Style) -> tuple[Model, ...]:
    """The models with what their manifests say in them, one for each in the same order; unchanged where there are none."""
    if not manifests:
        return tuple(models)
    if len(manifests) != len(models):
        raise InputError(f"{len(manifests)} manifests for {len(models)} models", expected="one for each, in the same order")
    return tuple(listening_model(model, read_manifest(path), style) for model, path in zip(models, manifests, strict=True))


def manifest_lines(models: Sequence[Model], manifests: Sequence[Path], style: Style) -> tuple[str, ...]:
    """What is to be said of models with manifests."""
    return tuple(line for model in models for line in style_lines(model, style)) if manifests else ()


def write_manifest(path: Path, output: Path, wake_word: str, arena_bytes: int | None) -> StepResult[ManifestResult]:
    """`mcu manifest`: the JSON that ESPHome reads beside the model; raises InputError for a model that it cannot run."""
    if output.resolve() == path.resolve():
        raise InputError("is the model itself", on=output, expected="a .json file")
    size = _ARENA_BYTES if arena_bytes is None else arena_bytes
    write_text(output, manifest_text(read_model(path), wake_word, path.name, size))
    lines = (f"manifest: {output}", *(() if arena_bytes is not None else (f"note: tensor_arena_size is a guess, {size:,} bytes",)))
    return StepResult("manifest", lines, ManifestResult(path, output, wake_word, size))
