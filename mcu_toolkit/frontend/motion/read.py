"""A motion front end's description as people write it (`frontend.toml`) and as models hold it (JSON in their metadata)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend.motion.description import MotionFrontend
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.parsing import json_value, object_of, toml_table
from mcu_toolkit.system.records import from_plain

_AXES = "axes"
_EXPECTED = "keys such as sample_rate_hz, axes, counts_per_unit, window_samples, hop_samples"


def read_motion_frontend(path: Path) -> MotionFrontend | None:
    """The front end that a user's .toml or .json file describes, None for one of sounds, which has no `axes`; raises InputError."""
    content = read_bytes(path, kind="front-end file")
    try:
        described = json_value(content) if path.suffix == ".json" else toml_table(content)
    except ValueError as error:
        raise InputError(f"cannot be read: {error}", on=path, expected=_EXPECTED) from None
    if not isinstance(described, Mapping) or _AXES not in described:
        return None
    return motion_frontend_of(described, path)


def motion_frontend_of(described: object, on: object) -> MotionFrontend:
    """The front end of a table; raises InputError naming `on` and what is wrong in it.  One number stands for a list of one."""
    try:
        return from_plain(MotionFrontend, _with_lists(dict(object_of(described, "it"))))
    except InputError as error:
        raise InputError(error.what, on=on, expected=error.expected, hint=error.hint) from None
    except ValueError as error:
        what = str(error).replace(f"{MotionFrontend.__name__}.", "").replace(MotionFrontend.__name__, "it")
        raise InputError(f"front end: {what}", on=on, expected=_EXPECTED) from None


def _with_lists(text: dict[str, Any]) -> dict[str, Any]:
    counts = text.get("counts_per_unit")
    return {**text, "counts_per_unit": [counts]} if isinstance(counts, (int, float)) and not isinstance(counts, bool) else text
