"""`mcu mlperf`: the performance and accuracy modes of MLPerf Tiny, over its own protocol."""

from __future__ import annotations

import statistics
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import Vectors
from mcu_toolkit.boards import Board
from mcu_toolkit.device import open_port
from mcu_toolkit.device.mlperf import MlperfClient
from mcu_toolkit.errors import InputError, NotSatisfiedError
from mcu_toolkit.files import temporary_folder
from mcu_toolkit.firmware.benchmark import MODEL_VERSIONS
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.device import port_of
from mcu_toolkit.pipeline.host import golden_runner
from mcu_toolkit.pipeline.inputs import Subject, load_inputs
from mcu_toolkit.pipeline.locks import board_in_use
from mcu_toolkit.pipeline.progress import Progress
from mcu_toolkit.pipeline.step import StepResult
from mcu_toolkit.validate import dequantize, inputs_for

Mode = Literal["performance", "accuracy"]
TARGETS: Final = {"kws01": 0.90, "vww01": 0.80, "ic01": 0.85, "ad01": 0.85}
"""MLPerf Tiny rules v1.4: top-1, and for ad01 the area under the ROC curve."""
_PERFORMANCE_INPUTS: Final = 5
_WARMUPS: Final = 10
_ANOMALY: Final = "ad01"


@dataclass(frozen=True)
class _Bench:
    """A board that speaks the benchmark, and what it is asked."""

    client: MlperfClient
    version: str
    model: Model
    vectors: Vectors
    time_unit: str
    progress: Progress


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


def run_mlperf(subject: Subject, request: MlperfRequest, progress: Progress) -> StepResult:
    """Run a mode on the board that is running; raises InputError without data, DeviceError where the board speaks something else."""
    model, board = subject.model, subject.board(request.board)
    vectors = load_inputs(model, request.data, request.random, request.seed)
    with board_in_use(board, request.port):
        port = port_of(board, request.port)
        progress.stage(f"asking {board.id} over {port}")
        with closing(open_port(port, board.serial.baud)) as link:
            client = MlperfClient(link)
            vendor, version = client.start()
            if version not in MODEL_VERSIONS:
                raise InputError(f"the firmware says model '{version}'", on=port, expected=f"one of {', '.join(MODEL_VERSIONS)}")
            progress.note(f"{vendor}: {version}")
            bench = _Bench(client, version, model, vectors, _unit(board), progress)
            facts, lines = _performance(bench, request.inferences) if request.mode == "performance" else _accuracy(bench)
    facts = {"board": board.id, "port": port, "benchmark": version, "mode": request.mode, "time_unit": _unit(board), **facts}
    verdict: Literal["pass", "fail"] = "pass" if not facts.get("reasons") else "fail"
    return StepResult("mlperf", tuple(lines), facts, verdict=verdict)


def _unit(board: Board) -> str:
    """What the firmware's microseconds are: an emulated board counts instructions and has no clock."""
    return board.ticks.unit if board.is_emulated else "us"


def _performance(bench: _Bench, inferences: int) -> tuple[dict[str, Any], list[str]]:
    client, version = bench.client, bench.version
    data = _wire_inputs(version, bench.model, bench.vectors.head(_PERFORMANCE_INPUTS))
    each = []
    for number, content in enumerate(data):
        client.load(content)
        done = client.infer(inferences, _WARMUPS)
        each.append(done.elapsed_us / done.count)
        bench.progress.advance(number + 1, len(data))
    median = statistics.median(each)
    lines = [f"{version}: {median:,.1f} {bench.time_unit} an inference (median of {len(each)} inputs, {inferences} inferences each)"]
    return {"per_inference": median, "inputs": len(each), "inferences": inferences}, lines


def _accuracy(bench: _Bench) -> tuple[dict[str, Any], list[str]]:
    client, version, model, vectors = bench.client, bench.version, bench.model, bench.vectors
    if vectors.labels is None:
        raise InputError("no labels", on=model.name, expected="--data with y", hint="performance mode needs none")
    data, found = _wire_inputs(version, model, vectors), []
    for number, content in enumerate(data):
        client.load(content)
        found.append(client.infer(1, 0).results)
        bench.progress.advance(number + 1, len(data))
    results = np.array(found, np.float64)
    reached = _auc(results[:, 0], vectors.labels) if version == _ANOMALY else float(np.mean(results.argmax(axis=1) == vectors.labels))
    measure, target = "AUC" if version == _ANOMALY else "top-1", TARGETS[version]
    reasons = [f"{measure} {reached:.4f} is below {target:g}"] if reached < target else []
    facts: dict[str, Any] = {"accuracy": reached, "measure": measure, "target": target, "samples": len(data)}
    lines = [f"{version}: {measure} {reached:.4f} of {len(data):,} samples, target {target:g}"]
    if version != _ANOMALY:
        differing = _differing(results, model, vectors)
        facts["differing_samples"] = differing
        lines.append(f"results that differ from the golden interpreter's, in three decimals: {differing:,} of {len(data):,}")
        if differing:
            reasons.append(f"{differing} results differ from the golden interpreter's")
    return {**facts, "reasons": reasons}, lines


def _wire_inputs(version: str, model: Model, vectors: Vectors) -> list[bytes]:
    """Each sample as the runner sends it."""
    [stored] = inputs_for(model, vectors)
    kind = MODEL_VERSIONS[version]
    if kind == "pixels":
        return [(sample.astype(np.int16) + 128).astype(np.uint8).tobytes() for sample in stored]
    if kind == "floats":
        return [dequantize(sample, model.inputs[0]).astype("<f4").tobytes() for sample in stored]
    return [sample.tobytes() for sample in stored]


def _differing(results: npt.NDArray[np.float64], model: Model, vectors: Vectors) -> int:
    with temporary_folder() as work, closing(golden_runner(model, work)) as golden:
        outputs = golden.run(inputs_for(model, vectors)).outputs[0]
    expected = dequantize(outputs, model.outputs[0]).reshape(len(outputs), -1).astype(np.float32)
    texts = [[f"{value:.3f}" for value in row] for row in expected.astype(np.float64)]
    return sum([f"{value:.3f}" for value in row] != text for row, text in zip(results, texts, strict=True))


def _auc(scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> float:
    """Area under the ROC curve: how often an anomaly (label 1) scores higher than a normal sample, ties half."""
    anomalies, normal = scores[labels == 1], scores[labels == 0]
    if not len(anomalies) or not len(normal):
        raise NotSatisfiedError("the data have samples of one class only", expected="labels 0 (normal) and 1 (anomaly)")
    higher = (anomalies[:, None] > normal[None, :]).mean()
    ties = (anomalies[:, None] == normal[None, :]).mean()
    return float(higher + ties / 2)
