"""What the arrays of a data file are probably meant to be, where they are not called or shaped as ours are."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt

_SAMPLES = ("x_test", "x_val", "x_valid", "x_validation", "test_x", "test_images", "images", "features", "inputs", "samples", "data")
_TRAINING = ("x_train", "train_x", "train_images", "x_training")
_LABELS = ("y_test", "y_val", "y_valid", "y_validation", "test_y", "test_labels", "labels", "label", "classes", "targets", "target")
_SHOWN_SAMPLES = 200


def meant_inputs(stored: Collection[str], part: str) -> str | None:
    """How to save a model's only input, where arrays with other names look like it; None where none does.

    `part` is what is missing: `` of the test samples `x`, `_rep` of the representative set.
    """
    by_name = {name.lower(): name for name in stored}
    samples, training, labels = (_first(by_name, names) for names in (_SAMPLES, _TRAINING, _LABELS))
    given: dict[str, str] = {}
    if part == "_rep" and (training or samples):
        given["x_rep"] = f"{training or samples}[:{_SHOWN_SAMPLES}]"
    if samples is not None:
        given["x"] = samples
        if labels is not None:
            given["y"] = labels
    elif training is not None and part != "_rep":
        given["x"] = training
    if not given:
        return None
    words = ", ".join(f"{key}={value}" for key, value in given.items())
    return f"{', '.join(_plain(value) for value in given.values())} look meant: numpy.savez(file, {words})"


def meant_labels(stored: Collection[str]) -> str | None:
    """The array that looks like labels in a file without `y`; None where none does."""
    return None if "y" in stored else _first({name.lower(): name for name in stored}, _LABELS)


def is_usual_name(name: str) -> bool:
    """True for what others call samples and labels, as `X_test` and `y_val`."""
    return name.lower() in {*_SAMPLES, *_TRAINING, *_LABELS}


def is_one_hot(array: npt.NDArray[Any], samples: int) -> bool:
    """True for a row for each sample that holds one 1 and else zeros."""
    if array.ndim < 2 or len(array) != samples or array.size <= samples or array.dtype.kind not in "fiub":
        return False
    rows = array.reshape(samples, -1)
    return bool(((rows == 0) | (rows == 1)).all() and (np.count_nonzero(rows, axis=1) == 1).all())


def _first(by_name: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((by_name[name] for name in names if name in by_name), None)


def _plain(value: str) -> str:
    return value.partition("[")[0]
