"""What a runner returns and what comparing two of them says."""

from __future__ import annotations

from dataclasses import dataclass
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
class ArenaUse:
    """The memory that a model's tensors were in."""

    used_bytes: int
    reserved_bytes: int | None = None
    """None where the runner sets aside as much as it likes."""


@dataclass(frozen=True)
class DeviceFacts:
    """What a board reports of itself and of a run."""

    board: str
    runtime: str
    """With the versions of its libraries, as the firmware says it."""
    toolkit: str
    """The version of the toolkit that made the firmware."""
    build_id: str | None = None
    """Which sources the image was built from; None where the firmware does not tell."""
    clock_hz: int = 0
    """Of the core; 0 where it has none (emulated)."""
    stack_reserved_bytes: int = 0
    """0 where the core has no watermark."""
    stack_used_bytes: int = 0
    layers: int = 0
    """That an inference has."""
    retries: int = 0
    """Requests that were sent again."""
    restarts: int = 0
    """Of the board, during the run."""
    noise_chunks: int = 0
    """Pieces of what the board sent that were no frames."""
    observed: bool = False
    """The tensor observer was on: its work is part of what an inference took."""


@dataclass(frozen=True)
class RunResult:
    """Outputs of one runner: one array a model output, each [samples, *shape], in the output tensor's own dtype."""

    runner: str
    outputs: tuple[npt.NDArray[Any], ...]
    ticks: npt.NDArray[np.uint64] | None = None
    """[samples] duration of each inference, in `tick_unit`."""
    tick_unit: str = ""
    """`instructions`, `cycles`, `us`, or empty where the runner does not measure."""
    arena: ArenaUse | None = None
    """None where the runner does not measure it."""
    device: DeviceFacts | None = None
    """None for runners of this machine, and where the run broke off before the board was asked."""


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


@dataclass(frozen=True)
class Metrics:
    """The error metrics that ST's validation prints, of a prediction p against a reference r, flattened over all samples."""

    rmse: float
    """sqrt(mean((r - p)^2))"""
    mae: float
    """mean(|r - p|)"""
    l2r: float
    """|r - p| / |p|, Euclidean norms; infinite where p is all zeros and r is not"""
    mean: float
    """mean(r - p)"""
    std: float
    """Standard deviation of r - p with n - 1 in the denominator; 0 for one value"""
    nse: float
    """Nash-Sutcliffe efficiency, 1 - mean((r - p)^2) / (variance of r with n - 1 + eps); 1 is perfect"""
    cos: float
    """Cosine of the angle between r and p; 1 where both are equal"""
    acc: float | None = None
    """Classifiers: share of samples whose largest element is at the same index."""
    confusion: tuple[tuple[int, ...], ...] = ()
    """Classifiers: samples by class of the reference (row) and class of the prediction (column)."""
