"""`mcu frontend`: from sounds to a model's inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mcu_toolkit.cli import options as opt

_FRONTEND = "micro_frontend, a .toml file that describes a front end, or a model that holds one."


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(short_help="Features of sounds, as on the board; and their C.")(frontend)
    app.command(short_help="A wake word's JSON for ESPHome.")(manifest)


def frontend(
    source: Annotated[str, typer.Argument(help=_FRONTEND, metavar="FRONTEND", show_default=False)],
    sounds: Annotated[
        list[Path] | None, typer.Argument(help="WAV files of any width, rate and number of channels.", metavar="WAV...", show_default=False)
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the features: .npz, x [sounds, frames, features].", show_default=False)
    ] = None,
    as_c: Annotated[
        Path | None, typer.Option("--as-c", help="Write the front end as C99 into this folder.", metavar="DIR", show_default=False)
    ] = None,
    name: Annotated[str, typer.Option("--name", help="What it is called in C: <name>_frontend.")] = "audio",
    into: Annotated[
        Path | None,
        typer.Option("--into", help="A .tflite; a copy of it that holds the front end is written.", metavar="MODEL", show_default=False),
    ] = None,
    model_output: Annotated[Path | None, typer.Option("--model-output", help="That copy.", metavar="FILE", show_default=False)] = None,
    cost: Annotated[bool, typer.Option("--cost", help="Count its instructions for a second of audio, on an emulated board.")] = False,
    board: opt.BoardId = None,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Show what computes a model's inputs from sound or motion, and what it makes of sounds.

    The features are the integers that the generated C computes on a board.
    """
    from mcu_toolkit.cli.results import finish_step, progress_for

    with progress_for("frontend", json, quiet=quiet) as progress:
        from mcu_toolkit.artifacts.contract import find_motion_frontend
        from mcu_toolkit.pipeline.motion_sources import show_motion_frontend
        from mcu_toolkit.pipeline.sound_features import FrontendRequest, show_frontend

        request = FrontendRequest(source, tuple(sounds or ()), output, as_c, name, into, model_output)
        motion = find_motion_frontend(source)
        result: Any
        if motion is not None:
            result = show_motion_frontend(request, motion)
        elif cost or board is not None:
            from mcu_toolkit.pipeline.profiling.frontend_cost import frontend_cost

            result = frontend_cost(request, board, progress, asked=cost)
        else:
            result = show_frontend(request)
    finish_step(result, json)


def manifest(
    model: Annotated[Path, typer.Argument(help="A .tflite that holds front end and decision rule.", metavar="MODEL", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .json file.", metavar="FILE", show_default=False)],
    wake_word: Annotated[str, typer.Option("--wake-word", help="What it listens for, in words.", show_default=False)],
    arena: Annotated[
        int | None,
        typer.Option("--arena", help="tensor_arena_size: bytes that TFLM's arena takes.", metavar="BYTES", min=1, show_default=False),
    ] = None,
    json: opt.JsonFile = None,
) -> None:
    """Write the JSON that ESPHome and pymicro-wakeword read beside a streaming model that was trained here."""
    from mcu_toolkit.cli.results import finish_step
    from mcu_toolkit.pipeline.wake_words import write_manifest

    finish_step(write_manifest(model, output, wake_word, arena), json)
