"""What every way of running a model looks like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy.typing as npt

from mcu_toolkit.artifacts import RunResult


class Runner(Protocol):
    """A Keras model, an interpreter, compiled code, a board: anything that maps inputs to outputs."""

    @property
    def name(self) -> str:
        """As in reports (roles.py)."""
        ...

    def run(self, inputs: Sequence[npt.NDArray[Any]]) -> RunResult:
        """Run every sample in order.

        `inputs`: one array a model input, each [samples, *tensor shape without a leading batch of 1], in the input
        tensor's dtype.  State (variables) is kept from sample to sample and from call to call until `reset`, unless the model says that
        every inference begins with the initial state (`model.resets_first`).
        """
        ...

    def reset(self) -> None:
        """Return state (variables) to its initial values."""
        ...

    def close(self) -> None:
        """Release what the runner holds (port, process); idempotent."""
        ...
