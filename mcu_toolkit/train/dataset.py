"""Data sets: frozen records of read-only arrays with a hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.contract import InputContract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.artifacts.profile import profile_if_telling
from mcu_toolkit.system.files import atomic_path


@dataclass(frozen=True)
class Dataset:
    """What a task trains on, calibrates with and is measured by.  The arrays are made read-only.

    All `x_*` are [samples, *input shape] float32.  `y_*` are [samples] int64 class indices, or float32
    [samples, *output shape] for a regression.
    """

    name: str
    origin: str
    """Where the samples come from, for reports."""
    x_train: npt.NDArray[np.float32]
    y_train: npt.NDArray[Any]
    x_rep: npt.NDArray[np.float32]
    """The representative set: what the converter sees to choose scales.  Never test samples."""
    x_test: npt.NDArray[np.float32]
    y_test: npt.NDArray[Any]
    class_names: tuple[str, ...] = ()
    """Empty for a regression."""
    y_rep: npt.NDArray[Any] | None = None
    """The classes of `x_rep`, where they are known: a representative set should have all of them."""
    preprocessing: Preprocessing | None = None
    """How raw data becomes `x_*`; None where that is not known."""

    def __post_init__(self) -> None:
        for array in self._arrays().values():
            array.setflags(write=False)
        for x, y in ((self.x_train, self.y_train), (self.x_test, self.y_test)):
            if len(x) != len(y) or len(x) == 0:
                raise ValueError(f"{self.name}: {len(x)} samples with {len(y)} labels")
        if not self.x_train.shape[1:] == self.x_rep.shape[1:] == self.x_test.shape[1:]:
            raise ValueError(f"{self.name}: training, representative and test samples differ in shape")

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one sample."""
        return tuple(self.x_train.shape[1:])

    @property
    def contract(self) -> InputContract:
        """What is stored with the model about its input: the preprocessing, and what the training data looks like."""
        layout = "" if self.preprocessing is None else self.preprocessing.layout
        labels = self.y_train if self.class_names else None
        first = layout == "chw"
        profile = profile_if_telling(self.x_train, labels, classes=len(self.class_names), channels_first=first)
        # Where a handful of points is all there is to train on, the representative set alone says what inputs look like.
        return InputContract(self.preprocessing, profile or profile_if_telling(self.x_rep, channels_first=first))

    @property
    def sha256(self) -> str:
        """Hash of every array: name, dtype, shape and content."""
        digest = hashlib.sha256()
        for name, array in self._arrays().items():
            digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}


def write_data_file(data: Dataset, path: Path) -> None:
    """Write the .npz every later step reads, whole or not at all.

    `x` and `y` (test), `x_rep` (representative; for a classification with its classes `y_rep`), `x_train` and `y_train`.
    The same arrays give the same bytes: numpy stamps every member with 1980-01-01.
    """
    arrays = {"x": data.x_test, "y": data.y_test, "x_rep": data.x_rep, "x_train": data.x_train, "y_train": data.y_train}
    if data.y_rep is not None:
        arrays["y_rep"] = data.y_rep
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)
