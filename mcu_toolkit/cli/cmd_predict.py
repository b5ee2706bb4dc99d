"""`mcu predict`: the outputs of a model for a few inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt

_MODEL = "A .tflite or .keras file, or a folder that `mcu generate` or `mcu deploy` wrote."


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    # Words that begin with a minus and are no option of ours are negative numbers; predict refuses those that are neither.
    app.command(short_help="Run a model on numbers or files.", context_settings={"ignore_unknown_options": True})(predict)


def predict(
    model: Annotated[Path, typer.Argument(help=_MODEL, metavar="MODEL", show_default=False)],
    inputs: Annotated[
        list[str],
        typer.Argument(
            help="Numbers (-3, or 1,2,3 for several elements) or .npz, .npy, .csv files.", metavar="INPUT...", show_default=False
        ),
    ],
    on: Annotated[
        str | None,
        typer.Option(
            "--on",
            help="keras, litert, tflm or aot-host; default: keras for a .keras file, else tflm.",
            show_default=False,
            autocompletion=completion.any_of("keras", "litert", "tflm", "aot-host"),
        ),
    ] = None,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Run a model on a few inputs and show its outputs as real values, with classes and labels where it has them."""
    from mcu_toolkit.cli.results import finish_step, progress_for

    with progress_for("predict", json, quiet=quiet) as progress:
        from mcu_toolkit.pipeline.predict import predict as run

        progress.stage(f"running {model}")
        result = run(model, inputs, on)
    finish_step(result, json)
