"""Arrays of a data file that are named like ours and belong to no input or output: most are misspelled.

Where what they could have been is missing they are an error, or a part of a model would silently go unjudged; else they are reported.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Sequence

from mcu_toolkit.artifacts.array_names import REPRESENTATIVE, TEST, TRAINING, is_test_array, shown_names
from mcu_toolkit.artifacts.meant_arrays import is_usual_name
from mcu_toolkit.errors import InputError

_LIKE_OURS = re.compile(r"(?P<letter>[xy])(?P<part>_rep|_train)?_.+|(?P<numbered>y)\d+|(?P<golden>golden)_.+")
_PARTS = {f"{letter}{part}" for letter in "xy" for part in (REPRESENTATIVE, TRAINING)}


def unknown_test_arrays(stored: Collection[str], inputs: Sequence[str], outputs: Sequence[str], on: object) -> list[str]:
    """What to tell about unknown arrays of a test; raises InputError for labels where one of several outputs has none."""
    found = [key for key in _unknown(stored, inputs, outputs) if _kind(key) in ("x", "y", "golden")]
    labels = [key for key in found if _kind(key) == "y"]
    bare = [name for name in outputs if not {f"y_{name}", name if re.fullmatch(r"y\d+", name) else f"y_{name}"} & {*stored}]
    if labels and bare and len(outputs) > 1:
        _refuse(labels[0], [f"y_{name}" for name in outputs], f"no output is called so, and output '{bare[0]}' has no labels", on)
    return _remarks(found, inputs, outputs, on)


def unknown_calibration_arrays(
    stored: Collection[str], inputs: Sequence[str], outputs: Sequence[str], on: object, *, replaced: bool
) -> list[str]:
    """The same for arrays of the representative set and of training data.

    `replaced` says that the representative set is not whole, so that other samples stand in for it: an error with unknown arrays of it.
    """
    found = [key for key in _unknown(stored, inputs, outputs) if _kind(key) not in ("x", "y", "golden")]
    samples = [key for key in found if _kind(key) == "x_rep"]
    if samples and replaced:
        known = [f"x_rep_{name}" for name in inputs] if len(inputs) > 1 else ["x_rep"]
        _refuse(samples[0], known, "no input is called so, and the representative set is not whole", on)
    return _remarks(found, inputs, outputs, on)


def _unknown(stored: Collection[str], inputs: Sequence[str], outputs: Sequence[str]) -> list[str]:
    names = {"x": inputs, "y": outputs}
    known = _PARTS | {f"{kind}_{name}" for kind in _PARTS for name in names[kind[0]]}
    return [
        key
        for key in sorted(stored)
        if _LIKE_OURS.fullmatch(key) and key not in known and not is_usual_name(key) and not is_test_array(key, inputs, outputs)
    ]


def _kind(key: str) -> str:
    """`x`, `y_rep`, `golden`: what `key` looks like."""
    match = _LIKE_OURS.fullmatch(key)
    assert match is not None
    return match["golden"] or match["numbered"] or f"{match['letter']}{match['part'] or TEST}"


def _refuse(key: str, known: Sequence[str], why: str, on: object) -> None:
    near = difflib.get_close_matches(key, known, 1)
    raise InputError(
        f"array '{key}' is unknown: {why}",
        on=on,
        expected=shown_names(known),
        hint=f"call it {near[0]}, or leave it out" if near else "name it as expected, or leave it out",
    )


def _remarks(found: Sequence[str], inputs: Sequence[str], outputs: Sequence[str], on: object) -> list[str]:
    if not found:
        return []
    words = "is not used: no input or output is" if len(found) == 1 else "are not used: no inputs or outputs are"
    names = f"inputs {shown_names(inputs)}; outputs {shown_names(outputs)}"
    return [f"{getattr(on, 'name', on)}: {shown_names(found)} {words} called so ({names})"]
