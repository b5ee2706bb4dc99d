"""The signature of a SavedModel that is converted: which one it is, and its inputs and outputs in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mcu_toolkit.errors import UnsupportedModelError

SIGNATURE = "serving_default"


def signature_of(source: Path, loaded: Any) -> Any:
    """The signature `serving_default`, else the only one; raises UnsupportedModelError where there is neither."""
    signatures = dict(loaded.signatures)
    if SIGNATURE in signatures:
        return signatures[SIGNATURE]
    if len(signatures) == 1:
        return next(iter(signatures.values()))
    names = ", ".join(signatures) or "none"
    raise UnsupportedModelError(
        f"has no signature '{SIGNATURE}' (signatures: {names})", on=source, hint="save it with model.export(folder)"
    )


def arguments_of(function: Any) -> Sequence[tuple[str, Any]]:
    """(name, specification) of every input, by name."""
    _, by_name = function.structured_input_signature
    return sorted(by_name.items())


def numbers_last(name: str) -> tuple[str, int]:
    """Sorts `output_10` behind `output_2`."""
    found = re.search(r"\d+$", name)
    return (name[: found.start()], int(found.group())) if found else (name, -1)
