"""`mcu record`: data of a board's sensor for training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(short_help="Record a board's sensor into folders for training.")(record)


def record(
    label: Annotated[str, typer.Option("--label", "-l", help="The class: recordings go into the sub-folder of this name.", metavar="NAME")],
    board: opt.BoardId = None,
    sensor: Annotated[
        str,
        typer.Option(
            "--sensor",
            help="microphone (WAV), accelerometer or analog (CSV).",
            metavar="KIND",
            autocompletion=completion.any_of("microphone", "accelerometer", "analog"),
        ),
    ] = "microphone",
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder with a sub-folder for each class.")] = Path("recordings"),
    seconds: Annotated[float, typer.Option("--seconds", help="Of each recording.")] = 1.0,
    count: Annotated[int, typer.Option("--count", "-n", help="How many recordings.")] = 1,
    pause: Annotated[float, typer.Option("--pause", help="Seconds between two recordings.")] = 0.5,
    port: opt.Port = None,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Record what a board's sensor measures into files, in the folders that `mcu train` reads: a sub-folder for each class.

    An emulated board plays what `mcu boards play` chose; a real one gets firmware that records, if it has none.  No file is ever
    replaced.  Samples that were lost are counted and named, and the exit code is then 1.
    """
    from mcu_toolkit.cli.results import finish_step, progress_for

    with progress_for("record", json, quiet=quiet) as progress:
        from mcu_toolkit.pipeline.record import RecordRequest
        from mcu_toolkit.pipeline.record import record as run

        result = run(RecordRequest(label, board, sensor, output, seconds, count, pause, port), progress)
    finish_step(result, json)
