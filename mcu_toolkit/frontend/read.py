"""A front end's description as people write it (`frontend.toml`) and as models hold it (JSON in their metadata)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.frontend.description import AudioFrontend
from mcu_toolkit.frontend.presets import PRESETS
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.parsing import json_value, object_of, toml_table
from mcu_toolkit.system.records import from_plain, to_plain

_PRESET = "preset"
_EXPECTED = 'preset = "micro_frontend", or keys such as sample_rate_hz, window_ms, hop_ms, bands'


def read_frontend(path: Path) -> AudioFrontend:
    """The front end that a user's .toml or .json file describes; raises InputError naming the file and what is wrong in it."""
    content = read_bytes(path, kind="front-end file")
    try:
        return frontend_of(json_value(content) if path.suffix == ".json" else toml_table(content), path)
    except ValueError as error:
        raise InputError(f"cannot be read: {error}", on=path, expected=_EXPECTED) from None


def frontend_of(described: object, on: object) -> AudioFrontend:
    """The front end of a table: a preset, whose keys others replace, or all of the keys; raises InputError naming `on`."""
    try:
        text = dict(object_of(described, "it"))
        return _checked(_described(text, on))
    except InputError as error:
        raise InputError(error.what, on=on, expected=error.expected, hint=error.hint) from None
    except ValueError as error:
        what = str(error).replace(f"{AudioFrontend.__name__}.", "").replace(AudioFrontend.__name__, "it")
        raise InputError(f"front end: {what}", on=on, expected=_EXPECTED) from None


def plain_form(frontend: AudioFrontend) -> Any:
    """`frontend` as JSON takes it; `frontend_of` reads it."""
    return to_plain(frontend)


def _described(text: Mapping[str, object], on: object) -> AudioFrontend:
    if _PRESET not in text:
        return from_plain(AudioFrontend, dict(text))
    name = text[_PRESET]
    if not isinstance(name, str) or name not in PRESETS:
        raise UnknownNameError("front end", f"{name!s:.40}", PRESETS)
    given = {key: value for key, value in text.items() if key != _PRESET}
    # Read with what the preset has, so that every key is checked; sections are taken whole.
    return from_plain(AudioFrontend, {**to_plain(replace(PRESETS[name])), **given})


def _checked(frontend: AudioFrontend) -> AudioFrontend:
    """What only its tables show: bands without a bin, a gain too steep."""
    from mcu_toolkit.frontend import FeatureStream  # noqa: PLC0415 - what computes features is imported where there is a front end

    FeatureStream(frontend)
    return frontend
