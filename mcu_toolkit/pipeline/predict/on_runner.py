"""Runs the inputs of `mcu predict` on the runners that were asked for: interpreters, compiled code, a board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from mcu_toolkit.artifacts import RunResult, Vectors
from mcu_toolkit.errors import InputError, McuError, UnknownNameError, UnsupportedModelError
from mcu_toolkit.model import Model, kind_of
from mcu_toolkit.pipeline.predict.records import PredictRequest
from mcu_toolkit.pipeline.proof import device
from mcu_toolkit.pipeline.proof.board_runner import OnBoard, board_runner
from mcu_toolkit.pipeline.proof.host import golden_name, golden_notes, runner_starts
from mcu_toolkit.pipeline.workspace.inputs import Subject
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.report import NotRun
from mcu_toolkit.runners import KerasRunner, roles
from mcu_toolkit.runners.tflm import RefusedError
from mcu_toolkit.system.files import temporary_folder
from mcu_toolkit.validate import inputs_for, real_inputs_for


@dataclass(frozen=True)
class Ran:
    """What the runners computed, in the order they were asked for; the float model's outputs are real values."""

    results: Mapping[str, RunResult]
    not_run: tuple[NotRun, ...] = ()
    notes: tuple[str, ...] = ()


def known_runners() -> tuple[str, ...]:
    """Every name that `--on` takes."""
    return (roles.FLOAT, roles.SECOND_OPINION, roles.GOLDEN, roles.REFERENCE, *roles.compiled_runners(), roles.DEVICE)


def asked_runners(words: Sequence[str]) -> tuple[str, ...]:
    """The runners of `--on`, which may be repeated and hold several with commas between them; raises UnknownNameError."""
    names = [name.strip() for word in words for name in word.split(",") if name.strip()]
    for name in names:
        if name not in known_runners():
            raise UnknownNameError("runner", name, known_runners())
    return tuple(dict.fromkeys(names))


def run_on(subject: Subject, request: PredictRequest, vectors: Vectors, progress: Progress) -> Ran:
    """The results of the runners that were asked for.  Of several those that could not run are named with their reasons.

    Raises the error of the only one, or of the first where none ran.
    """
    model, names = subject.model, asked_runners(request.on)
    if not names:
        return _on_default(model, vectors, progress)
    results: dict[str, RunResult] = {}
    not_run: list[NotRun] = []
    refusal: McuError | None = None
    for name in names:
        try:
            results[name] = _on(name, subject, request, vectors, progress)
        except McuError as error:
            refusal = refusal or error
            not_run.append(NotRun(name, str(error) if error.on is None else f"{error.on}: {error.what}"))
    if not results and refusal is not None:
        raise refusal
    return Ran(results, tuple(not_run))


def _on_default(model: Model, vectors: Vectors, progress: Progress) -> Ran:
    """On the golden runner; a model that is not for boards, or that TFLM refuses, on LiteRT."""
    if kind_of(model).runs_on_boards:
        try:
            return Ran({golden_name(model): _on_host(golden_name(model), model, vectors, progress)}, notes=golden_notes())
        except (UnsupportedModelError, RefusedError) as error:
            note = f"{golden_name(model)} does not run this model ({error.what.splitlines()[0]}): these are the outputs of LiteRT"
    else:
        note = f"a {kind_of(model).label} model: run by LiteRT"
    return Ran({roles.SECOND_OPINION: _on_host(roles.SECOND_OPINION, model, vectors, progress)}, notes=(note,))


def _on(name: str, subject: Subject, request: PredictRequest, vectors: Vectors, progress: Progress) -> RunResult:
    if name == roles.DEVICE:
        return _on_device(subject, request, vectors, progress)
    if name == roles.FLOAT:
        if request.keras is None:
            others = f"{', '.join(known_runners()[1:-1])} or {known_runners()[-1]}"
            raise InputError("is not a Keras model", on=request.model, expected=f"--on {others}, or --keras with the file it was made from")
        with closing(KerasRunner(request.keras, subject.model)) as runner:
            progress.stage(f"running {_inputs(vectors)} on {name}")
            return runner.run(real_inputs_for(subject.model, vectors))
    return _on_host(name, subject.model, vectors, progress)


def _on_host(name: str, model: Model, vectors: Vectors, progress: Progress) -> RunResult:
    progress.stage(f"running {_inputs(vectors)} on {name}")
    with temporary_folder() as work:
        starts = runner_starts(model, work)
        if name not in starts:
            raise UnsupportedModelError(f"{name} does not run this model", on=model.name, expected=f"one of {', '.join(starts)}")
    with temporary_folder() as work, closing(runner_starts(model, work)[name]()) as runner:
        return runner.run(inputs_for(model, vectors))


def _on_device(subject: Subject, request: PredictRequest, vectors: Vectors, progress: Progress) -> RunResult:
    where = OnBoard(request.board, request.runtime, request.port, request.choices)
    with board_runner(subject, where, progress) as runner:
        return device.run_on(runner, subject.model, vectors)


def _inputs(vectors: Vectors) -> str:
    return f"{len(vectors):,} input{'' if len(vectors) == 1 else 's'}"
