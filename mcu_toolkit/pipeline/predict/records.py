"""What `mcu predict` is asked and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mcu_toolkit.artifacts import Comparison
from mcu_toolkit.report import NotRun
from mcu_toolkit.runtimes.base import RuntimeOptions
from mcu_toolkit.system.records import INLINE, OPTIONAL, named


@dataclass(frozen=True)
class PredictRequest:
    """The options of `mcu predict`; None is the project's, the board's or no value at all."""

    model: Path
    """A .tflite or .keras file, or a project."""
    words: Sequence[str] = ()
    """Inputs: numbers, or data files, pictures, sounds, recordings of motion and folders of pictures."""
    on: Sequence[str] = ()
    """The runners, the first one answers; none: the golden one where it takes the model, else LiteRT, and Keras for its own files."""
    board: str | None = None
    runtime: str | None = None
    port: str | None = None
    keras: Path | None = None
    """The float model that the .tflite was made of, for the runner `keras`."""
    preprocessing: Path | None = None
    """Says how pictures and sounds become inputs, where the model does not."""
    frontend: str | None = None
    """The front end that computes inputs from sounds, where the model holds none: a preset's name or a file."""
    labels: Path | None = None
    """Names of the classes, one per line, where the model has none."""
    details: bool = False
    choices: RuntimeOptions = field(default_factory=RuntimeOptions)


@dataclass(frozen=True)
class PredictedClass:
    """Of a model's only output, where it has classes; else all are None."""

    index: int | None = field(default=None, metadata=named("class"))
    label: str | None = None
    probability: float | None = None
    """None where the output is no probability."""


@dataclass(frozen=True)
class AnomalyAnswer:
    """Of a model of `mcu train anomaly`."""

    score: float | None
    """The mean squared error of its output; None for what is no finite number, which JSON lacks: always an anomaly."""
    threshold: float
    """Of the model: an input with a larger score is an anomaly."""
    is_anomaly: bool


@dataclass(frozen=True)
class Prediction:
    """What the model says about one input."""

    input: str
    """The words that the user gave, or the file and the number of the sample."""
    outputs: Mapping[str, tuple[float | None, ...]]
    """Real values by the output's name; None for what is no finite number, which JSON lacks."""
    predicted: PredictedClass = field(metadata=INLINE)
    anomaly: AnomalyAnswer | None = field(default=None, metadata=OPTIONAL)
    """None of models that judge no anomalies."""


@dataclass(frozen=True)
class TensorDetails:
    """An input or output as TensorFlow Lite's interpreter describes it."""

    name: str
    index: int
    shape: tuple[int, ...]
    shape_signature: tuple[int, ...]
    """-1 marks a dimension that is open."""
    dtype: str
    """As numpy calls it."""
    scale: float
    """0.0 where it is not quantized, and with several scales, as the interpreter has it."""
    zero_point: int
    scales: tuple[float, ...]
    """One, or one for each slice along `quantized_dimension`."""
    zero_points: tuple[int, ...]
    quantized_dimension: int


@dataclass(frozen=True)
class ModelDetails:
    """Of every input and output, in order."""

    inputs: tuple[TensorDetails, ...]
    outputs: tuple[TensorDetails, ...]


@dataclass(frozen=True)
class PredictResult:
    """What `mcu predict` says."""

    model: Path
    runner: str | None
    """The one that `predictions` are of; None where only details were asked for."""
    predictions: tuple[Prediction, ...]
    notes: tuple[str, ...]
    by_runner: Mapping[str, tuple[Prediction, ...]] = field(default_factory=dict)
    """Of every runner, where several were asked for."""
    comparisons: tuple[Comparison, ...] = ()
    """Every other runner with the first one."""
    not_run: tuple[NotRun, ...] = ()
    details: ModelDetails | None = None
