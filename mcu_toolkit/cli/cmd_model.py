"""`mcu quantize`, `mcu explain`, `mcu inspect`, `mcu validate`: before there is any firmware."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt
from mcu_toolkit.cli.groups import Accepted, Samples
from mcu_toolkit.cli.option_records import with_records

_SOURCES = "A .keras or .h5 file, a SavedModel folder, .onnx, .pt2 or a float .tflite."
KeepFloat = Annotated[
    list[str] | None, typer.Option("--keep-float", help="This layer stays in floating point; may be repeated.", metavar="LAYER")
]
RepresentativeSet = Annotated[
    Path | None,
    typer.Option(
        "--data", "-d", help="Representative set: .npz with x_rep (else x), .npy, .csv or a folder of images.", show_default=False
    ),
]
LayerSchemes = Annotated[
    list[str] | None,
    typer.Option("--layer-scheme", help="float32, int8 or int16x8 for this layer; may be repeated.", metavar="LAYER=SCHEME"),
]


@dataclass(frozen=True)
class ConversionOptions:
    """How a float model becomes a .tflite."""

    scheme: Annotated[
        str,
        typer.Option(
            "--scheme", "-s", help="float32, float16, dynamic, int8, int8-float-io or int16x8.", autocompletion=completion.schemes
        ),
    ] = "int8"
    per_tensor_dense: Annotated[
        bool, typer.Option("--per-tensor-dense", help="One scale per dense layer, for TFLM from before spring 2024.")
    ] = False
    allow_float_fallbacks: Annotated[
        bool, typer.Option("--allow-float-islands", help="Operators without an integer version stay in floating point.")
    ] = False
    keep_float: KeepFloat = None
    layer_scheme: LayerSchemes = None
    preprocessing: Annotated[
        Path | None,
        typer.Option("--preprocessing", help=".toml: how raw data becomes inputs, if the model does not say.", show_default=False),
    ] = None
    frontend: Annotated[
        str | None,
        typer.Option(
            "--frontend",
            help="What computes raw data from sounds, kept in the model: micro_frontend or a .toml file.",
            metavar="NAME|FILE",
            show_default=False,
        ),
    ] = None
    qat: Annotated[bool, typer.Option("--qat", help="First continue training with 8-bit rounding; the data needs x_train and y_train.")] = (
        False
    )
    qat_epochs: Annotated[int, typer.Option("--qat-epochs", help="Epochs of --qat.", min=1)] = 5
    strict: Annotated[bool, typer.Option("--strict", help="Fail if anything is wrong with the representative set.")] = False

    def for_all(self) -> dict[str, Any]:
        """Those of one scheme and of all of them, by the names that the functions have for them."""
        return {
            "keep_float": self.keep_float or (),
            "layer_schemes": self.layer_scheme or (),
            "per_tensor_dense": self.per_tensor_dense,
            "allow_float_fallbacks": self.allow_float_fallbacks,
            "preprocessing": self.preprocessing,
            "frontend": self.frontend,
        }


@dataclass(frozen=True)
class CompareOptions:
    """Every scheme side by side, and where they run."""

    compare: Annotated[
        bool, typer.Option("--compare", help="Every scheme side by side: sizes, accuracies on the test samples, a chart of both.")
    ] = False
    board: Annotated[
        str | None,
        typer.Option(
            "--board",
            "-b",
            help="compare: also build each for this board and run it there.",
            show_default=False,
            autocompletion=completion.boards,
        ),
    ] = None
    runtime: opt.RuntimeName = None
    port: opt.Port = None


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(short_help="Convert a float model to .tflite, by default full int8.")(with_records(quantize))
    app.command(short_help="Find the layer that loses most by quantization.")(explain)
    app.command(short_help="What is in a model, and where it can run.")(inspect)
    app.command(short_help="Compare every interpreter on this machine.")(with_records(validate))


def quantize(
    context: typer.Context,
    model: Annotated[Path, typer.Argument(help=_SOURCES, metavar="MODEL", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .tflite file to write; with --compare a folder.", show_default=False)],
    *,
    data: RepresentativeSet = None,
    how: ConversionOptions,
    on: CompareOptions,
    no_page: opt.NoPage = False,
    force: opt.Force = False,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Convert a float model to .tflite, by default with nothing but integers in it."""
    from mcu_toolkit.cli.results import finish_step, progress_for

    with progress_for("quantize", json, quiet=quiet) as progress:
        from mcu_toolkit.api import quantizing
        from mcu_toolkit.errors import InputError
        from mcu_toolkit.pipeline.report import write_page
        from mcu_toolkit.pipeline.workspace.step_result import StepResult

        page = None
        board = on.board if opt.is_given(context, "board") else None
        if not on.compare and board is not None:
            raise InputError("--board without --compare", expected="--compare as well", hint="mcu deploy puts one model on a board")
        if on.compare:
            where: dict[str, Any] = {"board": board, "runtime": on.runtime, "port": on.port}
            compare = quantizing.compare_schemes
            result: StepResult[object] = compare(model, output, data=data, **how.for_all(), **where, force=force, progress=progress)
            page = None if no_page else write_page(output, "schemes.html", [result.to_json()], progress)
        else:
            one: dict[str, Any] = {"scheme": how.scheme, "strict": how.strict, "qat_epochs": how.qat_epochs if how.qat else 0}
            result = quantizing.quantize(model, output, data=data, **how.for_all(), **one, force=force, progress=progress)
    finish_step(result, json, page=page)


def explain(
    model: Annotated[Path, typer.Argument(help=_SOURCES, metavar="MODEL", show_default=False)],
    data: Annotated[Path, typer.Option("--data", "-d", help="Representative set x_rep and test samples x: .npz.", show_default=False)],
    scheme: Annotated[
        str, typer.Option("--scheme", "-s", help="int8, int8-float-io or int16x8.", autocompletion=completion.schemes)
    ] = "int8",
    per_tensor_dense: Annotated[bool, typer.Option("--per-tensor-dense", help="One scale per dense layer.")] = False,
    keep_float: KeepFloat = None,
    layer_scheme: LayerSchemes = None,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Quantize a model and measure layer by layer what that costs; names the layer that loses most, with a remedy."""
    from mcu_toolkit.cli.results import finish_step, progress_for

    with progress_for("explain", json, quiet=quiet) as progress:
        from mcu_toolkit.api.quantizing import explain as run

        result = run(
            model,
            data,
            scheme=scheme,
            per_tensor_dense=per_tensor_dense,
            keep_float=keep_float or (),
            layer_schemes=layer_scheme or (),
            progress=progress,
        )
    finish_step(result, json)


def inspect(
    context: typer.Context,
    model: opt.ModelOrProject,
    board: opt.BoardId = None,
    optimize: opt.OptimizeFor = None,
    max_arena: opt.MaxArena = None,
    json: opt.JsonFile = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Count the operators, without a list of them.")] = False,
) -> None:
    """Show kind, inputs and outputs, operators, work and weights of a model, and which runtimes take it.

    With --max-arena or --optimize ram also what the aot runtime's memory would be then.
    """
    from mcu_toolkit.api.inspection import inspect_each
    from mcu_toolkit.cli.results import finish_steps
    from mcu_toolkit.pipeline.workspace.inputs import runtime_options

    board = opt.unless_project(context, "board", board, model)
    options = runtime_options(None, None, optimize, max_arena)
    finish_steps(inspect_each(model, board=board, options=options, brief=quiet), json)


def validate(
    model: opt.ModelOrProject,
    *,
    inputs: Samples,
    keras: opt.KerasFile = None,
    output: opt.PredictionsFolder = None,
    accepted: Accepted,
    outputs: opt.Outputs = None,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Run a model through every interpreter of this machine and compare each with TensorFlow Lite Micro."""
    from mcu_toolkit.api.proof import validate_each
    from mcu_toolkit.cli.results import finish, progress_for

    with progress_for("validate", json, quiet=quiet) as progress:
        reports = validate_each(model, inputs.given, (keras, output, outputs), accepted.of_outputs(), progress)
    finish(reports, json)
