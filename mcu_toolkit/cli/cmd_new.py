"""`mcu new`: a folder to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcu_toolkit.cli import options as opt


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(short_help="Make a folder to start from: mcu.toml, README.")(new)


def new(
    name: Annotated[Path, typer.Argument(help="The folder to make.", metavar="NAME", show_default=False)],
    board: Annotated[str, typer.Option("--board", "-b", help="Board id; `mcu boards` lists them.")] = "netduinoplus2",
    task: Annotated[str, typer.Option("--task", help="digits, sine or linear.")] = "digits",
    json: opt.JsonFile = None,
) -> None:
    """Make a folder with an mcu.toml, which gives defaults to every command, and a README whose commands run."""
    from mcu_toolkit.boards import load_board
    from mcu_toolkit.cli.results import finish_step
    from mcu_toolkit.pipeline.workspace.new_project import new_project

    finish_step(new_project(name, load_board(board), task), json)
