"""Inputs (and labels) for inference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import InputError

GOLDEN_SHA256 = "model_sha256"
"""In a file of golden vectors: the hash of the model they belong to, 32 bytes."""


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
    labels_by_output: Mapping[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    """For a model with several outputs: the labels of those that have some, by the output's name."""
    truth_by_output: Mapping[str, npt.NDArray[np.float32]] = field(default_factory=dict)
    """By the output's name, of those without classes: the real values [samples, ...] that it should have."""
    remarks: tuple[str, ...] = ()
    """Messages for the user about how the arrays were read."""

    def __post_init__(self) -> None:
        lengths = {len(array) for array in self._arrays()}
        if len(lengths) != 1:
            raise InputError(f"inputs and labels differ in length: {sorted(lengths)}", on=self.source or "data")

    def __len__(self) -> int:
        return len(self.inputs[0])

    @property
    def is_labelled(self) -> bool:
        """True where a runner's outputs can be right or wrong."""
        return self.labels is not None or bool(self.labels_by_output) or bool(self.truth_by_output)

    def head(self, count: int) -> Vectors:
        """The first `count` samples."""
        return self._only(slice(count))

    def sample(self, count: int, seed: int) -> Vectors:
        """`count` samples in their order: without `labels` the first ones; with them drawn at random, of each class its share."""
        if self.labels is None or count >= len(self):
            return self.head(count)
        order = np.random.default_rng(seed).permutation(len(self))
        ranks = np.empty(len(self))
        for number in np.unique(self.labels):
            members = order[self.labels[order] == number]
            ranks[members] = (np.arange(len(members)) + 0.5) / len(members)  # spreads a class evenly from 0 to 1
        return self._only(np.sort(np.lexsort((order.argsort(), ranks))[:count]))

    def _only(self, chosen: slice | npt.NDArray[np.int64]) -> Vectors:
        return replace(
            self,
            inputs=tuple(array[chosen] for array in self.inputs),
            labels=None if self.labels is None else self.labels[chosen],
            golden=tuple(array[chosen] for array in self.golden),
            labels_by_output={name: labels[chosen] for name, labels in self.labels_by_output.items()},
            truth_by_output={name: truth[chosen] for name, truth in self.truth_by_output.items()},
        )

    def _arrays(self) -> Iterator[npt.NDArray[Any]]:
        yield from (*self.inputs, *self.golden, *self.labels_by_output.values(), *self.truth_by_output.values())
        if self.labels is not None:
            yield self.labels
