"""`mcu flash`, `mcu verify`: with a board."""

from __future__ import annotations

import typer

from mcu_toolkit.cli import options as opt
from mcu_toolkit.cli.cmd_firmware import ProjectFolder


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(flash)
    app.command()(verify)


def flash(project: ProjectFolder, port: opt.Port = None, verbose: opt.Verbose = False) -> None:
    """Upload a built project to its board (an emulated board is started)."""
    from mcu_toolkit.boards import load_board
    from mcu_toolkit.cli.results import progress_for
    from mcu_toolkit.firmware import load_project
    from mcu_toolkit.pipeline import device

    loaded = load_project(project)
    with progress_for(quiet=False, verbose=verbose) as progress:
        opened = device.flash(loaded, load_board(loaded.board_id), port, progress)
    print(f"flashed; serial port: {opened}")


def verify(
    model: opt.ModelPath,
    board: opt.BoardId = "netduinoplus2",
    runtime: opt.RuntimeName = None,
    data: opt.DataFile = None,
    random: opt.RandomCount = None,
    seed: opt.Seed = 0,
    keras: opt.KerasFile = None,
    port: opt.Port = None,
    json: opt.JsonFile = None,
    quiet: opt.Quiet = False,
) -> None:
    """Run inputs on a flashed board and compare every output byte with TensorFlow Lite Micro on this machine."""
    import tempfile
    from pathlib import Path

    from mcu_toolkit.boards import load_board
    from mcu_toolkit.cli.results import finish, progress_for
    from mcu_toolkit.pipeline import deploy as chain
    from mcu_toolkit.pipeline.inputs import choose_runtime, load_inputs, load_model

    target = load_board(board)
    loaded = load_model(model)
    vectors = load_inputs(loaded, data, random, seed)
    with progress_for(quiet=quiet, verbose=False) as progress, tempfile.TemporaryDirectory(prefix="mcu-") as work:
        job = chain.Job(loaded, target, choose_runtime(runtime, target), vectors, Path(work), keras, port)
        report = chain.verify(job, progress)
    finish(report, json)
