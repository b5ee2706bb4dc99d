"""`mcu mlperf`: the performance and accuracy modes of MLPerf Tiny, over its own protocol."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from mcu_toolkit.boards import Board
from mcu_toolkit.device import open_port
from mcu_toolkit.device.mlperf import MlperfClient
from mcu_toolkit.errors import InputError, NotSatisfiedError
from mcu_toolkit.firmware.benchmark import MODEL_VERSIONS, STREAMING
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.profiling.mlperf_data import Samples, load_samples, stored_inputs
from mcu_toolkit.pipeline.profiling.mlperf_stream import BoardUnderTest, StreamFigures, recording_of, run_stream
from mcu_toolkit.pipeline.proof.device import port_of
from mcu_toolkit.pipeline.proof.host import golden_name, golden_notes, golden_runner
from mcu_toolkit.pipeline.workspace.inputs import Subject
from mcu_toolkit.pipeline.workspace.locks import board_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult, verdict_lines
from mcu_toolkit.report import Limits
from mcu_toolkit.report.measures import OF_A_BENCHMARK
from mcu_toolkit.system.files import temporary_folder
from mcu_toolkit.system.records import INLINE
from mcu_toolkit.validate import dequantize, roc

Mode = Literal["performance", "accuracy"]
TARGETS: Final = {"kws01": 0.90, "vww01": 0.80, "ic01": 0.85, "ad01": 0.85}
"""MLPerf Tiny rules v1.4: top-1, and for ad01 the area under the ROC curve."""
_PERFORMANCE_INPUTS: Final = 5
_WARMUPS: Final = 10
_ANOMALY: Final = "ad01"
_LAST_DIGIT: Final = 0.0015
"""Half of the last digit for its rounding, and one for the sum's."""


@dataclass(frozen=True)
class _Bench:
    """A board that speaks the benchmark, and what it is asked."""

    client: MlperfClient
    version: str
    model: Model
    samples: Samples
    time_unit: str
    progress: Progress


@dataclass(frozen=True)
class Performance:
    """What performance mode found."""

    per_inference: float
    """Median over the inputs, in `time_unit`."""
    inputs: int
    inferences: int
    """Of each input."""
    reasons: tuple[str, ...] = ()
    """Why the verdict is no."""


@dataclass(frozen=True)
class Accuracy:
    """What accuracy mode found."""

    accuracy: float
    measure: str
    """`top-1` or `AUC`."""
    target: float
    samples: int
    files: int
    differing_samples: int
    """Those whose results are not the golden interpreter's."""
    reasons: tuple[str, ...]
    """Why the verdict is no."""
    golden: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class MlperfResult:
    """What `mcu mlperf` found."""

    board: str
    port: str
    benchmark: str
    mode: Mode
    time_unit: str
    figures: Performance | Accuracy | StreamFigures = field(metadata=INLINE)


@dataclass(frozen=True)
class MlperfRequest:
    """The options; None is the project's, the board's or no value at all."""

    mode: Mode = "performance"
    board: str | None = None
    port: str | None = None
    data: Path | None = None
    random: int | None = None
    seed: int = 0
    inferences: int = 10
    """In performance mode, for each input."""
    limits: Limits = field(default_factory=Limits)
    """Of an inference in performance mode, of measures in `OF_A_BENCHMARK`; with sww01 of a frame, in both modes."""
    typed: frozenset[str] = frozenset()
    """Options that stand on the command line: those that can only be ignored are refused."""


def run_mlperf(subject: Subject, request: MlperfRequest, progress: Progress) -> StepResult[MlperfResult]:
    """Run a mode on the board that is running; raises InputError without data, DeviceError where the board speaks something else."""
    model, board = subject.model, subject.board(request.board)
    with board_in_use(board, request.port):
        port = port_of(board, request.port)
        progress.stage(f"asking {board.id} over {port}")
        with closing(open_port(port, board.serial.baud)) as link:
            client = MlperfClient(link)
            vendor, version = client.start()
            if version not in MODEL_VERSIONS:
                raise InputError(f"the firmware reports model '{version}'", on=port, expected=f"one of {', '.join(MODEL_VERSIONS)}")
            progress.note(f"{vendor}: {version}")
            run = _streamed if version == STREAMING else _sampled
            figures, lines, unit = run(BoardUnderTest(client, version, model, board, progress), request)
    result = MlperfResult(board.id, port, version, request.mode, unit, figures)
    return StepResult("mlperf", tuple(lines), result, verdict="fail" if figures.reasons else "pass")


def _sampled(tested: BoardUnderTest, request: MlperfRequest) -> tuple[Performance | Accuracy, list[str], str]:
    """A benchmark whose inputs are samples, each by itself."""
    if request.mode == "accuracy":
        _refuse(tested, request, ("--inferences", "--limit"), "accuracy mode runs each sample once and times nothing: --mode performance")
    samples = load_samples(tested.version, tested.model, request.data, request.random, request.seed)
    bench = _Bench(tested.client, tested.version, tested.model, samples, _unit(tested.board), tested.progress)
    limits = request.limits.on(tested.board.id)
    return *(_performance(bench, request.inferences, limits) if request.mode == "performance" else _accuracy(bench)), bench.time_unit


def _streamed(tested: BoardUnderTest, request: MlperfRequest) -> tuple[StreamFigures, list[str], str]:
    """The benchmark that hears a stream; its firmware reports what the board's counter counts."""
    _refuse(tested, request, ("--inferences", "--random"), "--data with a recording; without it the board hears 5 s of noise, by --seed")
    words, unit = recording_of(request.data, request.seed), tested.board.ticks.unit
    if request.mode == "accuracy" and words.windows_s is None:
        expected = "--data with one of the benchmark's truth files, such as sww_long_test.json"
        raise InputError("when the wake word is spoken is not known", on=words.path, expected=expected)
    figures, lines = run_stream(tested, words)
    both = figures.per_frame_features + figures.per_frame_model
    measured = {"instructions": both if unit == "instructions" else None, "latency": both if unit == "us" else None}
    beyond = request.limits.on(tested.board.id).exceeded({name: measured[name] for name in OF_A_BENCHMARK})
    return replace(figures, reasons=(*figures.reasons, *beyond)), [*lines, *verdict_lines((*figures.reasons, *beyond))], unit


def _refuse(tested: BoardUnderTest, request: MlperfRequest, useless: Sequence[str], expected: str) -> None:
    """Raise InputError for options of the command line that this benchmark could only ignore in this mode."""
    typed = [option for option in useless if option in request.typed]
    if typed:
        found = f"{tested.version} in {request.mode} mode has no use for {' and '.join(typed)}"
        raise InputError(found, on=tested.board.id, expected=expected, hint=f"leave out {' and '.join(typed)}")


def _unit(board: Board) -> str:
    """What the firmware's microseconds are: an emulated board counts instructions and has no clock."""
    return board.ticks.unit if board.is_emulated else "us"


def _performance(bench: _Bench, inferences: int, limits: Limits) -> tuple[Performance, list[str]]:
    client, version = bench.client, bench.version
    data = bench.samples.wire[:_PERFORMANCE_INPUTS]
    each = []
    for number, content in enumerate(data):
        client.load(content)
        done = client.infer(inferences, _WARMUPS)
        each.append(done.elapsed_us / done.count)
        bench.progress.advance(number + 1, len(data))
    median = statistics.median(each)
    lines = [f"{version}: {median:,.1f} {bench.time_unit} per inference (median of {len(each)} inputs, {inferences} inferences each)"]
    measured = {"instructions": "instructions", "us": "latency"}.get(bench.time_unit)
    reasons = limits.exceeded({name: median if name == measured else None for name in OF_A_BENCHMARK})
    return Performance(median, len(each), inferences, reasons), [*lines, *verdict_lines(reasons)]


def _accuracy(bench: _Bench) -> tuple[Accuracy, list[str]]:
    client, version, samples = bench.client, bench.version, bench.samples
    if samples.labels is None:
        raise InputError("no labels", on=bench.model.name, expected="--data with y, or a data set", hint="performance mode needs none")
    found = []
    for number, content in enumerate(samples.wire):
        client.load(content)
        found.append(client.infer(1, 0).results)
        bench.progress.advance(number + 1, len(samples.wire))
    results = np.array(found, np.float64)
    averages = np.stack([results[samples.files == file].mean(axis=0) for file in range(len(samples.labels))])
    is_anomaly = version == _ANOMALY
    reached = _auc(averages[:, 0], samples.labels) if is_anomaly else float(np.mean(averages.argmax(axis=1) == samples.labels))
    measure, target = "AUC" if is_anomaly else "top-1", TARGETS[version]
    differing = _differing(bench, results)
    reasons = [f"{measure} {reached:.4f} is below {target:g}"] if reached < target else []
    if differing:
        reasons.append(f"{differing} results differ from the golden interpreter's")
    lines = [
        f"{version}: {measure} {reached:.4f} of {len(averages):,} files ({len(found):,} samples), target {target:g}",
        f"results that differ from the golden interpreter's, in three decimals: {differing:,} of {len(found):,}",
        *(f"note: {note}" for note in golden_notes()),
    ]
    return Accuracy(reached, measure, target, len(found), len(averages), differing, tuple(reasons), golden_name(), golden_notes()), lines


def _differing(bench: _Bench, results: npt.NDArray[np.float64]) -> int:
    """How many samples' results are not those of the golden interpreter, as `%0.3f` prints them.

    The anomaly's sum of squares is rounded by the board as it goes: there the last digit may be one off.
    """
    model, wire = bench.model, bench.samples.wire
    stored = stored_inputs(bench.version, model, wire)
    with temporary_folder() as work, closing(golden_runner(model, work)) as golden:
        outputs = golden.run([stored]).outputs[0]
    real = dequantize(outputs, model.outputs[0]).reshape(len(outputs), -1).astype(np.float32).astype(np.float64)
    if bench.version == _ANOMALY:
        given = np.frombuffer(b"".join(wire), "<f4").reshape(real.shape).astype(np.float64)
        return int((np.abs(np.mean((real - given) ** 2, axis=1) - results[:, 0]) > _LAST_DIGIT).sum())
    return sum([f"{value:.3f}" for value in row] != [f"{value:.3f}" for value in text] for row, text in zip(results, real, strict=True))


def _auc(scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> float:
    """Area under the ROC curve of anomalies (label 1) and normal samples (label 0)."""
    judged = np.isin(labels, (0, 1))
    curve = roc(scores[judged], labels[judged] == 1)
    if curve is None:
        raise NotSatisfiedError("the data have samples of one class only", expected="labels 0 (normal) and 1 (anomaly)")
    return curve.auc
