"""`mcu fit`: does a model fit, before anything is built?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt

Boards = Annotated[
    list[str] | None,
    typer.Option(
        "--board",
        "-b",
        help="Board id or .toml file; may be given several times.",
        show_default=False,
        autocompletion=completion.boards,
    ),
]
Families = Annotated[
    str | None,
    typer.Option(
        "--family",
        help="Boards whose part begins so: stm32,esp32,nrf52.",
        metavar="NAMES",
        show_default=False,
        autocompletion=completion.families,
    ),
]
Runtime = Annotated[
    str | None,
    typer.Option("--runtime", "-r", help="aot or tflm; default: both.", show_default=False, autocompletion=completion.runtimes),
]
Scheme = Annotated[
    str | None,
    typer.Option(
        "--scheme",
        "-s",
        help="Of a float model: int8, int8-float-io or int16x8; default: each.",
        show_default=False,
        autocompletion=completion.schemes,
    ),
]


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command(short_help="Does it fit? Flash, RAM, stack and cycles before a build.")(fit)


def fit(
    models: Annotated[
        list[Path],
        typer.Argument(help="A .tflite file, a project folder, or a float model.", metavar="MODEL...", show_default=False),
    ],
    board: Boards = None,
    all_boards: Annotated[bool, typer.Option("--all-boards", help="Every board that is shipped (default).")] = False,
    family: Families = None,
    together: Annotated[bool, typer.Option("--together", help="One firmware with all models, instead of one for each.")] = False,
    runtime: Runtime = None,
    scheme: Scheme = None,
    optimize: opt.OptimizeFor = None,
    max_arena: opt.MaxArena = None,
    tflm_library: opt.TflmLibrary = None,
    limit: opt.LimitOfPrediction = None,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Predict flash, arena, stack and cycles of each model on each board, and say what would make it fit.

    With --together all models are in one firmware, as `mcu generate a.tflite b.tflite` makes it: kernels are in it once, and one
    arena serves all of them, since one runs at a time.  Nothing is built.  Exit code 1 where a board given by --board does not fit.
    """
    from mcu_toolkit.api.inspection import fit as decide
    from mcu_toolkit.cli.results import finish_step, progress_for
    from mcu_toolkit.pipeline.workspace.inputs import runtime_options
    from mcu_toolkit.report.measures import OF_A_PREDICTION

    with progress_for("fit", json, quiet=quiet) as progress:
        result = decide(
            models,
            board=board or (),
            family=family,
            every_board=all_boards,
            together=together,
            runtime=runtime,
            scheme=scheme,
            options=runtime_options(tflm_library, None, optimize, max_arena),
            limits=opt.limits_of(limit, OF_A_PREDICTION),
            progress=progress,
        )
    finish_step(result, json)
