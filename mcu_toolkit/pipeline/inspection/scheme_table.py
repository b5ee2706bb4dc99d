"""`mcu quantize --compare`: size, accuracy and compatible runtimes of each scheme, as one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import Vectors
from mcu_toolkit.artifacts.array_names import find_labels
from mcu_toolkit.artifacts.data_files import read_data_file
from mcu_toolkit.boards import all_boards
from mcu_toolkit.errors import McuError
from mcu_toolkit.model import Model, kind_of, output_names, read_model
from mcu_toolkit.model.own_operators import has_own_operators
from mcu_toolkit.pipeline.inspection.anomaly_quality import JudgeOfAnomalies, judge_lines
from mcu_toolkit.pipeline.inspection.room import decide
from mcu_toolkit.pipeline.workspace.decisions import findings_of
from mcu_toolkit.pipeline.workspace.inputs import choose_runtime
from mcu_toolkit.quantize import SchemeRow
from mcu_toolkit.runners import LiteRtRunner
from mcu_toolkit.runners.reference.runner import golden_interpreter
from mcu_toolkit.runtimes import all_runtimes
from mcu_toolkit.system.records import INLINE, OPTIONAL, named
from mcu_toolkit.units import format_bytes, format_percent
from mcu_toolkit.validate import accuracy, dequantize, inputs_for, load_vectors

MAX_SAMPLES = 1000
Outputs = Mapping[str, npt.NDArray[np.float32]]
"""Real values by the output's name."""


@dataclass(frozen=True)
class Quality:
    """How right a model is over the test samples; one of both is known, or neither."""

    accuracy: float | None = None
    """Share of classes that are right."""
    error: float | None = None
    """Mean absolute difference from `y`; without `y` from the float32 model."""

    def text(self, word: str) -> str:
        """The `accuracy` or the `error`, whichever `word` asks for, in few characters; `-` where it is not known."""
        if word == "accuracy":
            return "-" if self.accuracy is None else format_percent(self.accuracy)
        return "-" if self.error is None else f"{self.error:.4g}"


@dataclass(frozen=True)
class BoardCost:
    """What a model costs on a board, measured there."""

    board: str
    runtime: str
    verdict: str = ""
    """`pass` where the board computed what the host does, `fail` where not; empty where it was not run."""
    instructions: int | None = None
    """Per inference, on an emulated board."""
    latency_us: float | None = None
    """Per inference, on a real one."""
    flash_bytes: int | None = None
    ram_bytes: int | None = None
    """Without the stack."""
    stack_bytes: int | None = None
    """Used."""
    refusal: str = ""
    """Why it was not run, or what differed; empty where all is well."""


@dataclass(frozen=True)
class TableRow:
    """A model under one scheme: what it costs, how right it is and what takes it."""

    scheme: str
    kind: str
    size_bytes: int | None
    ratio_to_float: float | None
    """Size of the file over the size of the float32 file."""
    quality: Quality = field(metadata=INLINE)
    runtimes: tuple[str, ...]
    boards: tuple[str, ...]
    """With their default runtime."""
    float_fallbacks: tuple[str, ...] = field(metadata=named("float_islands"))
    path: Path | None
    """The .tflite file."""
    refusal: str | None
    """Why there is none."""
    on_board: BoardCost | None = field(default=None, metadata=OPTIONAL)
    """Where a board was asked for."""
    anomaly: JudgeOfAnomalies | None = field(default=None, metadata=OPTIONAL)
    """Of a model that judges anomalies."""


def table_rows(
    rows: Sequence[SchemeRow], data: Path, judges: Mapping[str, JudgeOfAnomalies] = MappingProxyType({})
) -> tuple[TableRow, ...]:
    """The rows of the table; `data` holds the test samples `x` (and `y`), `judges` is of models that judge anomalies, by scheme.

    A LiteRT that refuses a model leaves its quality empty.
    """
    models = {row.scheme: read_model(row.model.path) for row in rows if row.model is not None}
    qualities = _qualities(models, data)
    found = [_row(row, models.get(row.scheme), qualities.get(row.scheme, Quality())) for row in rows]
    return tuple(replace(row, anomaly=judges.get(row.scheme)) for row in found)


def table_lines(rows: Sequence[TableRow]) -> list[str]:
    """The table for people."""
    word = "accuracy" if any(row.quality.accuracy is not None for row in rows) else "error"
    lines = [f"{'scheme':14} {'size':>10} {'of float32':>10} {word:>9}  {'runtimes':10} {'boards':>6}  kind"]
    for row in rows:
        size = "-" if row.size_bytes is None else format_bytes(row.size_bytes)
        ratio = "-" if row.ratio_to_float is None else format_percent(row.ratio_to_float)
        boards = str(len(row.boards)) if row.boards else "-"
        runtimes = ", ".join(row.runtimes) or "-"
        quality = row.quality.text(word)
        lines.append(f"{row.scheme:14} {size:>10} {ratio:>10} {quality:>9}  {runtimes:10} {boards:>6}  {row.refusal or row.kind}")
    names: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        if row.boards:
            names.setdefault(row.boards, []).append(row.scheme)
    lines += [f"boards for {', '.join(schemes)}: {', '.join(boards)}" for boards, schemes in names.items()]
    return [*lines, *judge_lines({row.scheme: row.anomaly for row in rows if row.anomaly is not None})]


def _row(row: SchemeRow, model: Model | None, quality: Quality) -> TableRow:
    runtimes, boards = ([], []) if model is None else takers(model)
    return TableRow(
        scheme=row.scheme,
        kind=row.kind,
        size_bytes=row.size_bytes,
        ratio_to_float=row.ratio_to_float,
        quality=quality,
        runtimes=tuple(runtimes),
        boards=tuple(boards),
        float_fallbacks=() if row.model is None else row.model.float_fallbacks,
        path=None if row.model is None else row.model.path,
        refusal=row.refusal,
    )


def takers(model: Model) -> tuple[list[str], list[str]]:
    """(runtimes, boards) that take `model`: boards with their default runtime, as predicted before a build."""
    if not kind_of(model).runs_on_boards:
        return [], []
    boards = all_boards()
    runtimes = [runtime.name for runtime in all_runtimes() if any(not findings_of(runtime, model, board) for board in boards)]
    return runtimes, [board.id for board in boards if board.core_facts.is_host or decide(model, choose_runtime(None, board), board).fits]


def _qualities(models: Mapping[str, Model], data: Path) -> dict[str, Quality]:
    """By scheme; over at most `MAX_SAMPLES` of the test samples."""
    outputs: dict[str, Outputs] = {}
    labels: Mapping[str, npt.NDArray[np.int64]] = {}
    for scheme, model in models.items():
        try:
            vectors = load_vectors(data, model).head(MAX_SAMPLES)
            outputs[scheme] = real_outputs(model, vectors)
        except McuError:
            continue
        only = {output_names(model)[0]: vectors.labels} if vectors.labels is not None else {}
        labels = {**vectors.labels_by_output, **only}
    if labels:
        return {scheme: Quality(accuracy=mean_accuracy(values, labels)) for scheme, values in outputs.items()}
    reference = _reference(data, models, outputs)
    return {scheme: Quality(error=_mean_error(values, reference)) for scheme, values in outputs.items()} if reference else {}


def mean_accuracy(outputs: Outputs, labels: Mapping[str, npt.NDArray[np.int64]]) -> float:
    """Over all outputs that have labels."""
    return float(np.mean([accuracy(outputs[name], classes) for name, classes in labels.items()]))


def _mean_error(outputs: Outputs, reference: Outputs) -> float:
    """Over all elements of the outputs in `reference`."""
    return float(np.mean(np.concatenate([np.abs(outputs[name] - values).ravel() for name, values in reference.items()])))


def _reference(data: Path, models: Mapping[str, Model], outputs: Mapping[str, Outputs]) -> Outputs | None:
    """The targets of a regression, else what the float32 model says."""
    if not outputs:
        return None
    return targets_in(data, next(iter(models.values())), next(iter(outputs.values()))) or outputs.get("float32")


def targets_in(data: Path, model: Model, some: Outputs) -> Outputs:
    """`y` of a regression (`y_<output>` of several) in the shape of the outputs `some`; empty where `data` has none."""
    stored = read_data_file(data, model.inputs[0].elements, lambda name: name.startswith("y"))
    found = {}
    for name, (_, y) in find_labels(stored, list(some)).items():
        values = some[name]
        if y.dtype.kind == "f" and y[: len(values)].size == values.size:
            found[name] = y[: len(values)].reshape(values.shape).astype(np.float32)
    return found


def real_outputs(model: Model, vectors: Vectors) -> Outputs:
    """What LiteRT, or for operators of the toolkit's own the golden interpreter, says the model's outputs are, as real values."""
    with closing(golden_interpreter(model) if has_own_operators(model) else LiteRtRunner(model)) as runner:
        found = runner.run(inputs_for(model, vectors)).outputs
    ports = zip(output_names(model), found, model.outputs, strict=True)
    return {name: dequantize(values, tensor) for name, values, tensor in ports}
