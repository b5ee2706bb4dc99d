"""`mcu deploy`, `mcu demo`: the whole chain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcu_toolkit.cli import options as opt


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(deploy)
    app.command()(demo)


def deploy(
    model: opt.ModelPath,
    board: opt.BoardId = "netduinoplus2",
    runtime: opt.RuntimeName = None,
    data: opt.DataFile = None,
    random: opt.RandomCount = None,
    seed: opt.Seed = 0,
    keras: opt.KerasFile = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Default: build/<model>-<board>.", show_default=False)] = None,
    port: opt.Port = None,
    json: opt.JsonFile = None,
    verbose: opt.Verbose = False,
    quiet: opt.Quiet = False,
) -> None:
    """Validate, generate, build, flash and verify: from a .tflite to a proven inference on a board."""
    from mcu_toolkit.boards import load_board
    from mcu_toolkit.cli.results import finish, progress_for
    from mcu_toolkit.pipeline import deploy as chain
    from mcu_toolkit.pipeline.inputs import choose_runtime, load_inputs, load_model

    target = load_board(board)
    chosen = choose_runtime(runtime, target)
    loaded = load_model(model)
    job = chain.Job(
        model=loaded,
        board=target,
        runtime=chosen,
        vectors=load_inputs(loaded, data, random, seed),
        output=output or Path("build") / f"{loaded.name}-{target.id}",
        keras=keras,
        port=port,
    )
    with progress_for(quiet=quiet, verbose=verbose) as progress:
        report = chain.deploy(job, progress)
    finish(report, json)


def demo(
    output: opt.OutputFolder = Path("build/demo"),
    board: opt.BoardId = "netduinoplus2",
    runtime: opt.RuntimeName = None,
    verbose: opt.Verbose = False,
) -> None:
    """Run the main job on real data: handwritten digits, from training to a proven inference."""
    from mcu_toolkit.cli.results import finish, progress_for
    from mcu_toolkit.pipeline.demo import run_demo

    with progress_for(quiet=False, verbose=verbose) as progress:
        report = run_demo(output, board, runtime, progress)
    finish(report, None)
    print(f"\nreport: {output / 'report.json'}")
