"""What a page of a report draws beside figures: the graph, the arena, what the image is made of, errors and samples.

All of it is bounded: a result stays a file that people can open.  `pipeline/proof/details.py` fills it in, `report/page/` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mcu_toolkit.artifacts.compiled_model import ArenaBlock, LayerInfo
from mcu_toolkit.artifacts.firmware import ImagePart

MAX_SAMPLES = 48
"""Samples that are stored with their inputs: a sample that changes its class is wrong in one of two results, so that one of them has it."""
MAX_SAMPLES_CHARACTERS = 300_000
"""Of their pictures and curves together, in JSON."""
MAX_PREDICTIONS = 2000
"""Samples whose classes are stored."""
HISTOGRAM_BINS = 21


@dataclass(frozen=True)
class TensorDetail:
    """A tensor that an inference makes."""

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float | None
    """real = scale * (stored - zero_point); None where it is not quantized."""
    zero_point: int | None


@dataclass(frozen=True)
class Histogram:
    """Counts of values in bins of equal width from `low` to `high`."""

    low: float
    high: float
    counts: tuple[int, ...]


@dataclass(frozen=True)
class ConstantDetail:
    """Weights, a bias or another constant of an operator."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    size_bytes: int
    scale_count: int
    """1 for one scale, more for one a channel, 0 where it is not quantized."""
    scale_min: float | None
    scale_max: float | None
    histogram: Histogram | None
    """Of the values as stored; None where they are no numbers."""


@dataclass(frozen=True)
class NodeDetail:
    """One operator of the model's first graph."""

    index: int
    operator: str
    inputs: tuple[int, ...]
    """Tensors that are no constants."""
    outputs: tuple[int, ...]
    constants: tuple[ConstantDetail, ...]
    options: Mapping[str, str]
    macs: int | None


@dataclass(frozen=True)
class GraphDetail:
    """The model's first graph, operators in their order of execution."""

    tensors: tuple[TensorDetail, ...]
    nodes: tuple[NodeDetail, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class ArenaDetail:
    """The arena as it was planned."""

    arena_bytes: int
    lower_bound_bytes: int
    """The most that is needed at one time; no plan can be smaller."""
    blocks: tuple[ArenaBlock, ...]


@dataclass(frozen=True)
class ErrorDetail:
    """How far a runner's outputs are from the golden runner's, element by element."""

    runner: str
    unit: str
    """`LSB` for stored values, `real` for real ones."""
    histogram: Histogram


@dataclass(frozen=True)
class SampleDetail:
    """One input, as it can be shown, and what the runners made of it."""

    index: int
    kind: Literal["image", "audio", "values"]
    png: str
    """Images: base64 of a PNG file; else empty."""
    values: tuple[float, ...]
    """Others: the first input as real values, thinned out where there are many; else empty."""


@dataclass(frozen=True)
class Predictions:
    """The class of every sample by runner."""

    inputs_sha256: str
    """Of the inputs' bytes: two runs with the same one have the same samples."""
    count: int
    labels: tuple[int, ...]
    """Empty without labels."""
    classes: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Details:
    """Whatever of this is known."""

    data: str = ""
    """Where the inputs came from: a file's name, or `random(n=10, seed=0)`."""
    image_sha256: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of what took part: the compiler of the image, the runtime as the firmware names it, the interpreters."""
    class_names: tuple[str, ...] = ()
    graph: GraphDetail | None = None
    steps: tuple[LayerInfo, ...] = ()
    """Of the compiled model."""
    arena: ArenaDetail | None = None
    image: tuple[ImagePart, ...] = ()
    errors: tuple[ErrorDetail, ...] = ()
    samples: tuple[SampleDetail, ...] = ()
    predictions: Predictions | None = None
