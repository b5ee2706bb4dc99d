"""`mcu train`, `mcu quantize`, `mcu validate`, `mcu inspect`: before there is any firmware."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcu_toolkit.cli import options as opt


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(train)
    app.command()(quantize)
    app.command()(validate)


def train(
    task: Annotated[str, typer.Argument(help="digits, sine or linear.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Default: build/<task>.", show_default=False)] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of weights and shuffling.")] = 0,
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, help="Default: the task's.", show_default=False)] = None,
    quiet: opt.Quiet = False,
) -> None:
    """Train one of the built-in models; writes model.keras, saved_model/ and data.npz."""
    from mcu_toolkit.cli.results import progress_for
    from mcu_toolkit.train import train_task

    folder = output or Path("build") / task
    with progress_for(quiet=quiet, verbose=False) as progress:
        progress.stage(f"training {task}")
        trained = train_task(task, folder, seed=seed, epochs=epochs, on_epoch=progress.advance)
    for line in trained.summary_lines():
        print(line)


def quantize(
    model: Annotated[Path, typer.Argument(help="A .keras file or a SavedModel folder.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .tflite file to write.")],
    data: opt.DataFile = None,
    scheme: Annotated[str, typer.Option("--scheme", "-s", help="float32, float16, dynamic, int8, int8-float-io or int16x8.")] = "int8",
    quiet: opt.Quiet = False,
) -> None:
    """Convert a Keras model to .tflite, by default with nothing but integers in it."""
    from mcu_toolkit.cli.results import progress_for
    from mcu_toolkit.quantize import quantize_model

    with progress_for(quiet=quiet, verbose=False) as progress:
        progress.stage(f"quantizing {model} ({scheme})")
        quantized = quantize_model(model, data, scheme=scheme, output=output, on_note=progress.note)
    for line in quantized.summary_lines():
        print(line)


def validate(
    model: opt.ModelPath,
    data: opt.DataFile = None,
    random: opt.RandomCount = None,
    seed: opt.Seed = 0,
    keras: opt.KerasFile = None,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Run a model through every interpreter of this machine and compare each with TensorFlow Lite Micro."""
    import tempfile

    from mcu_toolkit.cli.results import finish, progress_for
    from mcu_toolkit.pipeline.host import validate_on_host
    from mcu_toolkit.pipeline.inputs import load_inputs, load_model
    from mcu_toolkit.report import Report

    loaded = load_model(model)
    vectors = load_inputs(loaded, data, random, seed)
    with progress_for(quiet=quiet, verbose=False) as progress, tempfile.TemporaryDirectory(prefix="mcu-") as work:
        progress.stage(f"validating {loaded.name} ({len(vectors)} samples)")
        result = validate_on_host(loaded, vectors, Path(work), progress, keras=keras)
    finish(Report.of_host_run(loaded, result.golden.runner, result.comparisons, result.accuracy, result.notes), json)
