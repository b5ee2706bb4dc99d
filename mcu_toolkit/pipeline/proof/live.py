"""`mcu monitor --live`: classifies one sample after the other on the board, with the names of the classes."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mcu_toolkit.artifacts import Vectors
from mcu_toolkit.boards import Board
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.proof.device import port_of, runner_on
from mcu_toolkit.pipeline.workspace.locks import board_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.records import named
from mcu_toolkit.terminal_text import visible_line
from mcu_toolkit.validate import classes, dequantize, inputs_for


@dataclass(frozen=True)
class LiveJob:
    """A model, what to classify, and where."""

    model: Model
    vectors: Vectors
    board: Board
    port: str | None = None


@dataclass(frozen=True)
class LiveOptions:
    """`labels`: a file with the classes' names, one per line; `seconds`: how long, None until Ctrl-C."""

    labels: Path | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Classified:
    """What the board said about one sample."""

    sample: int
    class_index: int = field(metadata=named("class"))
    score: float
    """The real value of that class's output."""
    label: int | None
    """The class that is right, where it is known."""
    ticks: int | None


@dataclass(frozen=True)
class LiveResult:
    """What `mcu monitor --live` saw."""

    board: str
    port: str
    interrupted: bool
    results: tuple[Classified, ...]


def classify(job: LiveJob, options: LiveOptions, progress: Progress, show: Callable[[str], None]) -> StepResult[LiveResult]:
    """Run the samples over and over and show each result as it comes; raises InputError for too few labels."""
    model, vectors, board = job.model, job.vectors, job.board
    names = _names(options.labels, model)
    shown: list[Classified] = []
    interrupted = False
    inputs = inputs_for(model, vectors)
    for remark in vectors.remarks:
        progress.note(remark)
    with board_in_use(board, job.port):
        opened = port_of(board, job.port)
        with runner_on(model, board, opened, progress) as runner:
            progress.stage(f"classifying on {board.id} over {opened}" + ("" if options.seconds else "; Ctrl-C ends it"))
            runner.reset()
            begun_s = time.monotonic()
            try:
                for sample in itertools.cycle(range(len(vectors))):
                    if options.seconds is not None and time.monotonic() - begun_s >= options.seconds:
                        break
                    result = runner.run([array[sample : sample + 1] for array in inputs])
                    found = int(classes(result.outputs[0])[0])
                    score = float(dequantize(result.outputs[0], model.outputs[0]).reshape(-1)[found])
                    expected = None if vectors.labels is None else int(vectors.labels[sample])
                    ticks = None if result.ticks is None else int(result.ticks[0])
                    shown.append(Classified(sample, found, score, expected, ticks))
                    show(_line(time.monotonic() - begun_s, shown[-1], names, result.tick_unit))
            except KeyboardInterrupt:
                interrupted = True
    facts = LiveResult(board.id, opened, interrupted, tuple(shown))
    return StepResult("monitor", (), facts, interrupted=interrupted)


def _names(labels: Path | None, model: Model) -> Sequence[str]:
    if labels is None:
        return ()
    names = [line.strip() for line in read_bytes(labels, kind="labels").decode("utf-8", "replace").splitlines() if line.strip()]
    if len(names) < model.outputs[0].elements:
        raise InputError(f"{len(names)} names", on=labels, expected=f"{model.outputs[0].elements}, one per line")
    return names


def _line(at_s: float, found: Classified, names: Sequence[str], unit: str) -> str:
    def name(number: int) -> str:
        return visible_line(names[number]) if 0 <= number < len(names) else f"class {number}"

    expected = "" if found.label is None or found.label == found.class_index else f"   expected {name(found.label)}"
    ticks = "" if found.ticks is None else f"   {found.ticks:,} {unit}"
    return f"{at_s:9.3f}  sample {found.sample}: {name(found.class_index)} ({found.score:.3f}){ticks}{expected}"
