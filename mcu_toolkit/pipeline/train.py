"""`mcu train`: a model and its data; for the task `linear` also every interpreter's prediction for 10."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from mcu_toolkit.errors import InputError, McuError, UnknownNameError
from mcu_toolkit.model import Model, read_model
from mcu_toolkit.pipeline.proof.host import runner_starts
from mcu_toolkit.pipeline.training_folder import DATA_OF
from mcu_toolkit.pipeline.workspace.locks import folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.pipeline.workspace.up_to_date import CACHE_FOLDER, CachedStep, digest_of, package_code, perform
from mcu_toolkit.quantize import quantize_model
from mcu_toolkit.runners import roles
from mcu_toolkit.runners.base import Runner
from mcu_toolkit.system.files import temporary_folder
from mcu_toolkit.system.records import INLINE, OPTIONAL
from mcu_toolkit.system.sinks import shell_command
from mcu_toolkit.tensorflow_loader import installed_versions, require_tensorflow
from mcu_toolkit.train import Facts, TrainedModel, all_tasks, get_task, is_user_code, read_trained_model, train_task
from mcu_toolkit.train.keyword.folds import Folds
from mcu_toolkit.validate import dequantize, quantize

_OUTPUTS = ("model.keras", "saved_model", "data.npz", "training.json")
_ASKED = 10.0
"""The x of the classic first lesson; the model has never seen it."""


@dataclass(frozen=True)
class TrainRequest:
    """What to train; `slope` and `intercept` concern the task `linear`."""

    task: str
    folder: Path
    seed: int = 0
    epochs: int | None = None
    slope: float = 2.0
    intercept: float = -1.0


@dataclass(frozen=True)
class Training:
    """How a training ended, and for a line what was asked about it."""

    facts: Facts = field(metadata=INLINE)
    predictions: Mapping[str, float]
    """For x = 10, by runner; empty where no line was learned."""
    not_run: Mapping[str, str]
    """Why, by runner."""
    folds: Folds | None = field(default=None, metadata=OPTIONAL)
    """Of a training that was repeated without each speaker."""


@dataclass(frozen=True)
class TrainResult:
    """What `mcu train` made."""

    folder: Path
    training: Training = field(metadata=INLINE)


def request_for(task: str, folder: Path, *, seed: int, epochs: int | None, slope: float | None, intercept: float | None) -> TrainRequest:
    """The request with defaults for what is None; raises InputError for a slope or intercept of a task that learns no line."""
    given = {name: value for name, value in (("slope", slope), ("intercept", intercept)) if value is not None}
    if given and get_task(task).learned_line is None:
        refuse_line_options(task, slope=slope, intercept=intercept)
    return TrainRequest(task, folder, seed, epochs, **given)


def refuse_line_options(task: str, *, slope: float | None, intercept: float | None) -> None:
    """Raise InputError where `slope` or `intercept` is given: `task` learns no line."""
    given = [name for name, value in (("slope", slope), ("intercept", intercept)) if value is not None]
    if given:
        raise InputError(f"--{given[0]} with the task {task}", expected="the task linear, which learns a line")


def refuse_folder_options(task: str, folders: Sequence[Path], given: Mapping[str, Sequence[str]]) -> None:
    """Raise InputError where a folder is given with a `task` that takes none, or an option with one that it does not concern.

    `given`: each option on the command line with the tasks that have it.  For a task that does not exist UnknownNameError.
    """
    others = {option: tasks for option, tasks in given.items() if task not in tasks}
    takes_folder = task in DATA_OF
    if not others and (takes_folder or not folders):
        return
    if not takes_folder and not is_user_code(task) and task not in {known.name for known in all_tasks()}:
        raise UnknownNameError("task", task, [*DATA_OF, *(known.name for known in all_tasks())])
    option, tasks = next(iter(others.items()), ("a folder", tuple(DATA_OF)))
    learned = f"the task {tasks[0]}, which learns from {DATA_OF[tasks[0]]}: {shell_command('mcu', 'train', tasks[0], 'FOLDER')}"
    raise InputError(
        f"{option} with the task {task}",
        on=None if others else folders[0],
        expected=learned if len(tasks) == 1 or not others else f"{learned} (or {', '.join(tasks[1:])})",
    )


def train(request: TrainRequest, progress: Progress, *, force: bool = False) -> StepResult[TrainResult]:
    """`mcu train`: writes model.keras, saved_model/, data.npz and training.json (and for a line its int8 model)."""
    task = get_task(request.task)
    require_tensorflow("mcu train")
    learns_line = task.learned_line is not None
    int8 = request.folder / f"{task.name}_int8.tflite"
    outputs = _OUTPUTS if task.trains else tuple(name for name in _OUTPUTS if name != "data.npz")
    step = CachedStep(
        name="train",
        inputs={"file": digest_of(Path(request.task))} if is_user_code(request.task) else {},
        options={key: str(value) for key, value in {**asdict(request), **asdict(installed_versions())}.items() if key != "folder"},
        outputs=tuple(request.folder / name for name in outputs) + ((int8,) if learns_line else ()),
        record=request.folder / CACHE_FOLDER / "train.json",
        code=package_code("train", "quantize", "tensorflow_loader.py"),
    )

    def work() -> Training:
        trained = train_task(
            request.task,
            request.folder,
            seed=request.seed,
            epochs=request.epochs,
            on_epoch=progress.advance,
            slope=request.slope,
            intercept=request.intercept,
        )
        predictions, not_run = predict_line(trained, int8, progress) if learns_line else ({}, {})
        return Training(trained.facts, predictions, not_run)

    progress.stage(f"training {task.name}: {task.summary}")
    with folder_in_use(request.folder):
        training, up_to_date = perform(step, work, Training, force=force)
    lines = [*read_trained_model(request.folder).summary_lines(), *_prediction_lines(training.predictions)]
    lines += _not_run_lines(training.not_run)
    keras, data = request.folder / "model.keras", request.folder / "data.npz"
    following = shell_command("mcu", "deploy", int8) if learns_line else shell_command("mcu", "quantize", keras, "--data", data, "-o", int8)
    return StepResult("train", tuple(lines), TrainResult(request.folder, training), up_to_date, following)


def predict_line(trained: TrainedModel, int8: Path, progress: Progress) -> tuple[dict[str, float], dict[str, str]]:
    """What Keras (float) and the interpreters of the int8 model, which is written to `int8`, answer for x = 10; and why others do not."""
    assert trained.facts.line is not None
    progress.stage("asking every interpreter for x = 10")
    quantize_model(trained.keras_file, trained.data_file, output=int8, on_note=progress.note)
    model = read_model(int8)
    answers = {roles.FLOAT: trained.facts.line.prediction_for_10}
    not_run: dict[str, str] = {}
    with temporary_folder() as work:
        starts = runner_starts(model, work)
        for name in (roles.SECOND_OPINION, roles.GOLDEN, *roles.compiled_runners()):
            try:
                with closing(starts[name]()) as runner:
                    answers[name] = _ask(runner, model)
            except McuError as error:
                not_run[name] = error.what
                progress.note(f"{name} could not run: {error.what}")
    return answers, not_run


def _ask(runner: Runner, model: Model) -> float:
    x = quantize(np.full((1, 1), _ASKED, np.float32), model.inputs[0])
    return float(dequantize(runner.run([x]).outputs[0], model.outputs[0]).ravel()[0])


def _not_run_lines(not_run: Mapping[str, str]) -> list[str]:
    return [line for name, why in not_run.items() for line in f"  not run: {name}: {why}".splitlines()]


def _prediction_lines(predictions: Mapping[str, float]) -> list[str]:
    kinds = {roles.FLOAT: "float"}
    return [f"  prediction for 10: {name:9}{value:9.4f}  ({kinds.get(name, 'int8')})" for name, value in predictions.items()]
