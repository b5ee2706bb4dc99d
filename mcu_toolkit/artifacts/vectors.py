"""Inputs (and labels) for inference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import InputError

GOLDEN_SHA256 = "model_sha256"
"""In a file of golden vectors: the hash of the model they belong to, 32 bytes."""


def golden_key(output: int) -> str:
    """In a file of golden vectors: the array of the golden interpreter's outputs number `output`."""
    return f"golden{output}"


@dataclass(frozen=True)
class Vectors:
    """`inputs`: one array a model input, each [samples, *shape without the batch of 1]; `labels`: [samples] integers.

    The dtype is the model's (int8 ... as stored in the tensor) or float32 (real values, to be quantized with the
    input's scale and zero point).
    """

    inputs: tuple[npt.NDArray[Any], ...]
    labels: npt.NDArray[np.int64] | None = None
    source: str = ""
    """Where they came from, for reports: a file name, or `random(n=10, seed=0)`."""
    golden: tuple[npt.NDArray[Any], ...] = ()
    """Outputs of the golden interpreter as they were when the model was made, one array a model output; empty where not recorded."""

    def __post_init__(self) -> None:
        lengths = {len(array) for array in (*self.inputs, *self.golden)} | ({len(self.labels)} if self.labels is not None else set())
        if len(lengths) != 1:
            raise InputError(f"inputs and labels differ in length: {sorted(lengths)}", on=self.source or "data")

    def __len__(self) -> int:
        return len(self.inputs[0])

    def head(self, count: int) -> Vectors:
        """The first `count` samples."""
        labels = None if self.labels is None else self.labels[:count]
        golden = tuple(array[:count] for array in self.golden)
        return Vectors(tuple(array[:count] for array in self.inputs), labels, self.source, golden)
