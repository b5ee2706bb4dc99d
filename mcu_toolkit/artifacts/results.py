"""What a runner returns and what comparing two of them says."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt


class Level(str, Enum):
    """Parity between two runners, strongest first."""

    LAYERS_EQUAL = "byte-equal-per-layer"
    """No byte differs, neither of the outputs nor of any tensor that a layer produced (by its CRC-32)."""
    BYTE_EQUAL = "byte-equal"
    """No byte of the outputs differs."""
    WITHIN_LSB = "within-lsb"
    """Every differing element is within `max_lsb` units in the last place of the output's quantization."""
    SAME_CLASS = "same-class"
    """The largest output is at the same index in every sample."""
    DIFFERENT = "different"


@dataclass(frozen=True)
class RunResult:
    """Outputs of one runner: one array a model output, each [samples, *shape], in the output tensor's own dtype."""

    runner: str
    outputs: tuple[npt.NDArray[Any], ...]
    ticks: npt.NDArray[np.uint64] | None = None
    """[samples] duration of each inference, in `tick_unit`."""
    tick_unit: str = ""
    """`instructions`, `cycles`, `us`, or empty where the runner does not measure."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What else the runner knows, JSON-ready: stack_reserved_bytes, arena_bytes, kernels, retries ..."""


@dataclass(frozen=True)
class Comparison:
    """`a` against `b` over all outputs of all samples."""

    a: str
    b: str
    samples: int
    differing_samples: int
    differing_bytes: int
    max_lsb: int
    level: Level
