"""A result as the page needs it: what any of the commands wrote with --json, with its types checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from mcu_toolkit.artifacts import Comparison, Divergence
from mcu_toolkit.artifacts.scores import Score
from mcu_toolkit.report.cycles import Cycles
from mcu_toolkit.report.details import Details
from mcu_toolkit.report.difference import Difference
from mcu_toolkit.report.page.stream import StreamRun
from mcu_toolkit.report.parts import Cross, Durations, FunctionReport, LayerReport, NotRun, Watermarks
from mcu_toolkit.system.records import named


@dataclass(frozen=True)
class Distance:
    """How far a runner is from the golden one; None where it is not known or infinite."""

    rmse: float | None = None
    mae: float | None = None
    l2r: float | None = None
    mean: float | None = None
    std: float | None = None
    nse: float | None = None
    cos: float | None = None
    acc: float | None = None
    confusion: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class SchemeRow:
    """A model under one scheme of quantization."""

    scheme: str
    kind: str
    size_bytes: int | None
    ratio_to_float: float | None
    accuracy: float | None
    error: float | None
    runtimes: tuple[str, ...]
    boards: tuple[str, ...]
    refusal: str | None


@dataclass(frozen=True)
class LayerError:
    """What quantization costs at one layer, as `mcu explain` measured it."""

    name: str
    operator: str
    sqnr_db: float | None
    output_error: float
    op: int | None


@dataclass(frozen=True)
class FitAnswer:
    """A model on a board with a runtime, as `mcu fit` predicts it."""

    board: str
    runtime: str
    verdict: str
    flash_bytes: int | None
    ram_bytes: int | None
    arena_bytes: int | None
    stack_bytes: int | None
    cycles: tuple[int, int] | None = None
    """The least and the most."""
    why: tuple[str, ...] = ()
    would_fit: tuple[str, ...] = ()
    model: str = ""
    """Where several were asked about."""


@dataclass(frozen=True)
class PredictionAnswer:
    """What `mcu predict` says about an input."""

    input: str
    outputs: Mapping[str, tuple[float | None, ...]]
    """Real values by the output's name."""
    class_index: int | None = field(default=None, metadata=named("class"))
    label: str | None = None
    probability: float | None = None


@dataclass(frozen=True)
class MatrixFigures:
    """What was measured in a cell of a matrix; None is what was not."""

    accuracy: float | None = None
    flash_bytes: float | None = None
    ram_bytes: float | None = None
    arena_bytes: float | None = None
    stack_bytes: float | None = None
    instructions: float | None = None
    cycles: float | None = None
    latency_us: float | None = None


@dataclass(frozen=True)
class MatrixAnswer:
    """A cell of a matrix and what came of it, as `mcu matrix` says it."""

    model: str
    scheme: str
    board: str
    runtime: str
    flags: str
    verdict: str
    reasons: tuple[str, ...] = ()
    figures: MatrixFigures = field(default_factory=MatrixFigures)
    machine: str = ""

    @property
    def name(self) -> str:
        """The cell in words."""
        return ", ".join(filter(None, (self.model, self.scheme, self.board, self.runtime, self.flags)))


@dataclass(frozen=True)
class Run:
    """One result."""

    source: str
    """The file it was read from."""
    kind: Literal["report", "schemes", "explain", "stream", "fit", "predict", "compare", "matrix"]
    label: str = ""
    """What distinguishes it from the others on the page."""
    verdict: Literal["pass", "fail"] = "pass"
    reasons: tuple[str, ...] = ()
    model_name: str = ""
    model_sha256: str = ""
    board: str | None = None
    runtime: str | None = None
    build_id: str | None = None
    golden: str = ""
    compared_with_tflm: bool = True
    toolkit_version: str = ""
    comparisons: tuple[Comparison, ...] = ()
    accuracy: Mapping[str, float] = field(default_factory=dict)
    metrics: Mapping[str, Distance] = field(default_factory=dict)
    scores: Mapping[str, Score] = field(default_factory=dict)
    """By runner, against the labels of the only output."""
    scores_by_output: Mapping[str, Mapping[str, Score]] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    """Bytes, counts and times by their names in JSON: `flash_bytes`, `instructions` ..."""
    cycles: Cycles | None = None
    layers: tuple[LayerReport, ...] = ()
    functions: tuple[FunctionReport, ...] = ()
    cross: tuple[Cross, ...] = ()
    durations: Durations | None = None
    watermarks: Watermarks | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    divergence: Divergence | None = None
    details: Details = field(default_factory=Details)
    schemes: tuple[SchemeRow, ...] = ()
    totals: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    compiler: str = ""
    losses: tuple[LayerError, ...] = ()
    fits: tuple[FitAnswer, ...] = ()
    predictions: tuple[PredictionAnswer, ...] = ()
    differences: tuple[Difference, ...] = ()
    stream: StreamRun | None = None
    matrix: tuple[MatrixAnswer, ...] = ()

    def named(self, label: str) -> Run:
        """The same under another label."""
        return replace(self, label=label)

    @property
    def what(self) -> str:
        """Model, board and runtime in a few words; of other results what they are about."""
        others = {"schemes": "schemes of quantization", "compare": "new results against a baseline", "matrix": "a matrix of runs"}
        others |= {"explain": f"quantization of {self.model_name}", "stream": f"a stream heard by {self.model_name}"}
        others |= {"fit": f"boards for {self.model_name}", "predict": f"predictions of {self.model_name}"}
        if self.kind in others:
            return others[self.kind]
        where = f" on {self.board}" if self.board else " on this machine"
        return f"{self.model_name}{where}" + (f", {self.runtime}" if self.runtime else "")
