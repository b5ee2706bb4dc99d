"""Options that several commands share, each described once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli.json_output import take_output

if TYPE_CHECKING:
    from mcu_toolkit.report import Limits

ModelOrProject = Annotated[
    Path,
    typer.Argument(help="A .tflite file, or a folder that `mcu generate` or `mcu deploy` wrote.", metavar="MODEL", show_default=False),
]
BoardId = Annotated[
    str | None,
    typer.Option(
        "--board",
        "-b",
        help="Board id or .toml file; default: the project's, else netduinoplus2.",
        show_default=False,
        autocompletion=completion.boards,
    ),
]
RuntimeName = Annotated[
    str | None,
    typer.Option("--runtime", "-r", help="aot or tflm; default: the board's.", show_default=False, autocompletion=completion.runtimes),
]
DataFile = Annotated[Path | None, typer.Option("--data", "-d", help="Inputs: .npz with x (and y), .npy or .csv.", show_default=False)]
RandomCount = Annotated[
    int | None, typer.Option("--random", help="Use N random inputs instead (10 without --data).", metavar="N", min=1, show_default=False)
]
SampleCount = Annotated[
    int | None,
    typer.Option(
        "--samples", help="Use N samples of --data, of each class its share; default: all.", metavar="N", min=1, show_default=False
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="Seed of the random inputs and of --samples.")]
KerasFile = Annotated[Path | None, typer.Option("--keras", help="The float model, for accuracy.", show_default=False)]
OutputFolder = Annotated[Path, typer.Option("--output", "-o", help="Folder to write to.")]
PredictionsFolder = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="Folder for predictions.png and predictions.json of a labelled set.", metavar="DIR", show_default=False
    ),
]
JsonFile = Annotated[
    Path | None,
    typer.Option(
        "--json",
        help="Write the result as JSON to this file; - is standard output.",
        metavar="FILE",
        show_default=False,
        callback=take_output,
    ),
]
Port = Annotated[
    str | None,
    typer.Option(
        "--port", "-p", help="Serial port or pyserial URL; emulated boards need none.", show_default=False, autocompletion=completion.ports
    ),
]
UploadToolName = Annotated[
    str,
    typer.Option(
        "--tool",
        help="Real boards: upload with it, not PlatformIO; mcu doctor lists the tools.",
        metavar="NAME",
        show_default=False,
        autocompletion=completion.upload_tools,
    ),
]
ReadBack = Annotated[bool, typer.Option("--read-back", help="With --tool: read the flash afterwards and compare every byte.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show the output of the programs that are run.")]
Details = Annotated[bool, typer.Option("--verbose", "-v", help="Show every table, and the output of the programs that are run.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the result only.")]
Force = Annotated[bool, typer.Option("--force", help="Do the step again even if it is up to date.")]
NoPage = Annotated[bool, typer.Option("--no-page", help="Write no HTML page of the result.")]
TflmLibrary = Annotated[
    str | None,
    typer.Option("--tflm-library", help="tflm: a folder, or any PlatformIO library specification.", metavar="LIBRARY", show_default=False),
]
KernelChoice = Annotated[
    str | None,
    typer.Option(
        "--kernels",
        help="tflm: optimized (default) or reference.",
        metavar="KIND",
        show_default=False,
        autocompletion=completion.any_of("optimized", "reference"),
    ),
]

OptimizeFor = Annotated[
    str | None,
    typer.Option(
        "--optimize",
        help="size, balanced (default), speed or ram.",
        metavar="GOAL",
        show_default=False,
        autocompletion=completion.any_of("size", "balanced", "speed", "ram"),
    ),
]
MaxArena = Annotated[
    int | None,
    typer.Option("--max-arena", help="aot: run layers as cascades until the arena fits.", metavar="BYTES", min=1, show_default=False),
]
StrictInt = Annotated[bool, typer.Option("--strict-int", help="Refuse models with operators left in floating point.")]
MaxLsb = Annotated[int, typer.Option("--max-lsb", help="Outputs may differ from the golden ones by up to N LSB.", metavar="N", min=0)]
MinAccuracy = Annotated[
    float | None, typer.Option("--min-accuracy", help="Smallest accepted accuracy, such as 0.95.", min=0.0, max=1.0, show_default=False)
]
MaxDrop = Annotated[
    float | None,
    typer.Option("--max-drop", help="Largest accepted drop of accuracy below --keras, 0.01.", min=0.0, max=1.0, show_default=False),
]

Outputs = Annotated[
    Path | None,
    typer.Option("--outputs", help="Write every runner's outputs to this .npz; a few go into --json.", metavar="FILE", show_default=False),
]


def _limit(examples: str) -> Any:
    """`examples`: measures that the command takes."""
    return typer.Option("--limit", help=f"Most of each measure: {examples}.", metavar="NAME=N,...", show_default=False)


Limit = Annotated[str | None, _limit("flash=64K,ram=20K,arena=12K,instructions=3M")]
LimitOfImage = Annotated[str | None, _limit("flash=64K,ram=20K,arena=12K")]
LimitOfPrediction = Annotated[str | None, _limit("flash=64K,ram=20K,arena=12K,stack=2K,cycles=5M")]
LimitOfBenchmark = Annotated[str | None, _limit("instructions=3M on emulated boards, latency=20ms on real ones")]
FailOn = Annotated[
    str | None,
    typer.Option(
        "--fail-on",
        help="What is a regression: flash>+1%,accuracy<-0.2pp,parity; default: docs/how-to/ci.md.",
        metavar="EXPR",
        show_default=False,
    ),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline", help="Compare with an earlier --json file; a regression is exit code 1.", metavar="FILE", show_default=False
    ),
]


def limits_of(
    limit: str | None,
    among: Sequence[str],
    of_outputs: Limits | None = None,
) -> Limits:
    """What a command accepts: `of_outputs`, `limit`, and what mcu.toml says of boards; `among` are the measures that it knows."""
    from mcu_toolkit.cli.board_limits import board_limits
    from mcu_toolkit.cli.config import tell
    from mcu_toolkit.report import Limits
    from mcu_toolkit.report.limits import parse_limit

    return replace(of_outputs or Limits(), most=parse_limit(limit, among), by_board=board_limits(tell))


def unless_project(context: typer.Context, name: str, value: str | None, model: Path) -> str | None:
    """`value` of the option `name`; None where only mcu.toml gives it and `model` is a project, which has its own."""
    from mcu_toolkit.pipeline.workspace.inputs import find_project

    source = context.get_parameter_source(name)
    from_config = source is not None and source.name == "DEFAULT_MAP"
    return None if from_config and find_project(model) is not None else value


def is_given(context: typer.Context, name: str) -> bool:
    """True where the option `name` stands on the command line; what mcu.toml says about it does not count."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
