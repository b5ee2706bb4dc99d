"""`mcu.train`: from data to a float model."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from mcu_toolkit.api.given import StrPath, shown_by
from mcu_toolkit.errors import InputError

if TYPE_CHECKING:
    from mcu_toolkit.pipeline.train import TrainResult
    from mcu_toolkit.pipeline.train_images import ImageChoices
    from mcu_toolkit.pipeline.train_keyword import KeywordChoices
    from mcu_toolkit.pipeline.train_sensors import SensorChoices
    from mcu_toolkit.pipeline.workspace.progress import Progress
    from mcu_toolkit.pipeline.workspace.step_result import StepResult

Choices: TypeAlias = "ImageChoices | KeywordChoices | SensorChoices"


def train(
    task: str,
    folder: StrPath | None = None,
    *,
    output: StrPath | None = None,
    choices: Choices | None = None,
    seed: int | None = None,
    epochs: int | None = None,
    skip_corrupt: bool | None = None,
    slope: float | None = None,
    intercept: float | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> StepResult[TrainResult]:
    """Train a model; writes `model.keras`, `saved_model/` and `data.npz` into `output` (default: `build/<task>`).

    `task` is `images`, `keyword`, `motion` or `anomaly`, which learn from a `folder` of your data; `digits`, `sine` or `linear`
    (with `slope` and `intercept`); or a Python file with `build_model()`.  `choices` are those of the task: ImageChoices,
    KeywordChoices or SensorChoices; `seed` (default 0), `epochs` and `skip_corrupt` say more than what stands there.

    Raises InputError for what the task does not take, UnknownNameError for a task that there is not, ToolError without TensorFlow.
    """
    from mcu_toolkit.pipeline import train as step
    from mcu_toolkit.pipeline.training_folder import DATA_OF

    where = Path("build") / Path(task).stem if output is None else Path(output)
    folders = [] if folder is None else [Path(folder)]
    step.refuse_folder_options(task, folders, {})
    if task not in DATA_OF:
        if choices is not None or skip_corrupt:
            raise InputError(f"choices with the task {task}", expected=f"one of {', '.join(DATA_OF)}, which learn from a folder")
        request = step.request_for(task, where, seed=seed or 0, epochs=epochs, slope=slope, intercept=intercept)
        return step.train(request, shown_by(progress), force=force)
    step.refuse_line_options(task, slope=slope, intercept=intercept)
    given = {"seed": seed, "epochs": epochs, "skip_corrupt": skip_corrupt}
    learn = _on_folder(task, choices, {name: value for name, value in given.items() if value is not None})
    done: StepResult[TrainResult] = learn(folders, output=where, progress=shown_by(progress), force=force)
    return done


def _on_folder(task: str, choices: Choices | None, given: dict[str, Any]) -> partial[StepResult[TrainResult]]:
    """What trains `task`, one of those that learn from a folder, with its choices, in which `given` wins."""
    from mcu_toolkit.pipeline import train_images, train_keyword, train_sensors
    from mcu_toolkit.pipeline.training_folder import IMAGES, KEYWORD

    if task == IMAGES:
        images = _of_kind(train_images.ImageChoices, choices, task)
        return partial(train_images.train, choices=dataclasses.replace(images, **given))
    if task == KEYWORD:
        sounds = _of_kind(train_keyword.KeywordChoices, choices, task)
        return partial(train_keyword.train, choices=dataclasses.replace(sounds, **given))
    sensors = _of_kind(train_sensors.SensorChoices, choices, task)
    return partial(train_sensors.train, task, choices=dataclasses.replace(sensors, **given))


def _of_kind(kind: Any, choices: Choices | None, task: str) -> Any:
    if choices is None:
        return kind()
    if not isinstance(choices, kind):
        raise InputError(f"{type(choices).__name__} with the task {task}", expected=kind.__name__)
    return choices
