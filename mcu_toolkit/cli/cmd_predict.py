"""`mcu predict`: the outputs of a model for a few inputs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt
from mcu_toolkit.cli.groups import Target
from mcu_toolkit.cli.option_records import with_records

_MODEL = "A .tflite or .keras file, or a folder that `mcu generate` or `mcu deploy` wrote."
_INPUTS = "Numbers (-3, or 1,2,3 for several elements), pictures or folders of them, .wav, .npz, .npy or .csv files (of inputs or motion)."
RunnerNames = Annotated[
    list[str] | None,
    typer.Option(
        "--on",
        help="keras, litert, tflm, aot-host or device; several with commas are shown side by side. Default: tflm where it takes "
        "the model, else litert; keras for a .keras file.",
        metavar="RUNNER",
        show_default=False,
        autocompletion=completion.some_of("keras", "litert", "tflm", "aot-host", "device"),
    ),
]


@dataclass(frozen=True)
class ReadingOptions:
    """How files become inputs, and what computes them beside the model."""

    preprocessing: Annotated[
        Path | None,
        typer.Option("--preprocessing", help=".toml: how pixels become inputs, if the model does not say.", show_default=False),
    ] = None
    frontend: Annotated[
        str | None,
        typer.Option(
            "--frontend",
            help="What computes the inputs from .wav files, if the model does not say: micro_frontend or a .toml file.",
            metavar="NAME|FILE",
            show_default=False,
        ),
    ] = None
    keras: Annotated[Path | None, typer.Option("--keras", help="The float model, for --on keras.", show_default=False)] = None
    details: Annotated[bool, typer.Option("--details", help="Name, shape, type, scale and zero point of inputs and outputs.")] = False
    labels: Annotated[
        Path | None, typer.Option("--labels", help="Names of the classes, one per line, if the model has none.", show_default=False)
    ] = None


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    # Words that begin with a minus and are no option of ours are negative numbers; predict refuses those that are neither.
    app.command(short_help="Run a model on numbers, pictures or files.", context_settings={"ignore_unknown_options": True})(
        with_records(predict)
    )


def predict(
    context: typer.Context,
    model: Annotated[Path, typer.Argument(help=_MODEL, metavar="MODEL", show_default=False)],
    inputs: Annotated[list[str] | None, typer.Argument(help=_INPUTS, metavar="INPUT...", show_default=False)] = None,
    *,
    on: RunnerNames = None,
    reading: ReadingOptions,
    target: Target,
    port: opt.Port = None,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Run a model on a few inputs and show its outputs as real values, with classes and labels where it has them.

    Inputs are quantized and outputs dequantized as the model says.  A picture of another size is cut and scaled as in training.
    --on device: an emulated board is started with the model's firmware; a real one must have it (mcu deploy).
    """
    from mcu_toolkit.cli.results import finish_step, progress_for

    with progress_for("predict", json, quiet=quiet) as progress:
        from mcu_toolkit.api.inspection import predict as run

        board, runtime = target.for_model(context, model)
        result = run(
            model,
            inputs or (),
            on=on or (),
            board=board,
            runtime=runtime,
            port=port,
            keras=reading.keras,
            preprocessing=reading.preprocessing,
            frontend=reading.frontend,
            labels=reading.labels,
            details=reading.details,
            progress=progress,
        )
    finish_step(result, json)
