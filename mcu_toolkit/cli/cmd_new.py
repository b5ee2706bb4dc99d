"""`mcu new`, `mcu boards new`: a folder to start from, and a custom board file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(short_help="Make a folder to start from: mcu.toml, README.")(new)


def new(
    name: Annotated[Path, typer.Argument(help="The folder to make.", metavar="NAME", show_default=False)],
    board: Annotated[
        str, typer.Option("--board", "-b", help="Board id; `mcu boards` lists them.", autocompletion=completion.boards)
    ] = "netduinoplus2",
    task: Annotated[str, typer.Option("--task", help="digits, sine or linear.", autocompletion=completion.tasks)] = "digits",
    json: opt.JsonFile = None,
) -> None:
    """Make a folder with an mcu.toml, which gives defaults to every command, and a README whose commands run."""
    from mcu_toolkit.boards import load_board
    from mcu_toolkit.cli.results import finish_step
    from mcu_toolkit.pipeline.workspace.new_project import new_project

    finish_step(new_project(name, load_board(board), task), json)


def _option(name: str, text: str, values: completion.Completion | None = None) -> Any:
    return typer.Option(name, help=text, show_default=False, autocompletion=values)


def boards_new(
    board: Annotated[str, typer.Argument(help="Id of the new board: the file is ID.toml.", metavar="ID", show_default=False)],
    from_platformio: Annotated[
        str, _option("--from-platformio", "PlatformIO's manifest of the board: FILE.json, or an installed id.")
    ] = "",
    like: Annotated[str, _option("--like", "A known board to copy; the other options say what is different.", completion.boards)] = "",
    name: Annotated[str, _option("--name", "Name, for people.")] = "",
    mcu: Annotated[str, _option("--mcu", "The part: STM32F411RE.")] = "",
    core: Annotated[str, _option("--core", "The core as board files name it: cortex-m4f, xtensa-lx7, rv32imc.", completion.cores)] = "",
    clock: Annotated[str, _option("--clock", "Core clock in Hz.")] = "",
    flash: Annotated[str, _option("--flash", "Flash for the program: 524288 or 512K.")] = "",
    ram: Annotated[str, _option("--ram", "RAM: 131072 or 128K.")] = "",
    flash_origin: Annotated[str, _option("--flash-origin", "Its address: 0x08000000.")] = "",
    ram_origin: Annotated[str, _option("--ram-origin", "Its address: 0x20000000.")] = "",
    platform: Annotated[str, _option("--platform", "PlatformIO platform with a version: ststm32@^19.0.0.")] = "",
    pio_board: Annotated[str, _option("--pio-board", "PlatformIO's id of the board.")] = "",
    output: opt.OutputFolder = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    json: opt.JsonFile = None,
) -> None:
    """Write a custom board file and check it; every command takes it as `--board ID.toml`.

    Facts come from the options, from PlatformIO's manifest of the board, or from a known board; what is missing is asked
    for at a terminal, and named otherwise.
    """
    from mcu_toolkit.cli.results import finish_step
    from mcu_toolkit.pipeline.workspace.new_board import BoardFacts, new_board

    def ask(option: str, what: str) -> str:
        return str(typer.prompt(f"{what} ({option})", err=True)).strip()

    facts = BoardFacts(from_platformio, like, name, mcu, core, clock, flash, ram, flash_origin, ram_origin, platform, pio_board)
    finish_step(new_board(board, output, facts, ask=ask if sys.stdin.isatty() else None, force=force), json)
