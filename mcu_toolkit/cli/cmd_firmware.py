"""`mcu header`, `mcu generate`, `mcu build`: from a model to an image."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcu_toolkit.cli import options as opt

ProjectFolder = Annotated[Path, typer.Argument(help="A folder made by `mcu generate` or `mcu deploy`.")]
ModelPaths = Annotated[list[Path], typer.Argument(help="One or more .tflite files.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(header)
    app.command()(generate)
    app.command()(build)


def header(
    models: ModelPaths,
    output: opt.OutputFolder = Path(),
    c: Annotated[bool, typer.Option("--c", help="Plain C (model_data.c) instead of C++.")] = False,
    name: Annotated[str, typer.Option("--name", help="Name of the array instead of the file's.", show_default=False)] = "",
    section: Annotated[str, typer.Option("--section", help="Linker section to put the array into.", show_default=False)] = "",
) -> None:
    """Write model_data.h and model_data.cc: the .tflite as an aligned, const C array."""
    from mcu_toolkit.errors import InputError
    from mcu_toolkit.firmware import write_model_array
    from mcu_toolkit.pipeline.inputs import load_model

    if name and len(models) > 1:
        raise InputError("--name with several models", expected="one model, or no --name")
    loaded = tuple(load_model(path) for path in models)
    array = write_model_array(loaded, output, plain_c=c, section=section, names=(name,) if name else ())
    for symbol, model in zip(array.symbols, loaded, strict=True):
        print(f"{symbol}: {len(model.content):,} bytes")
    print(f"written: {array.header}, {array.source}")


def generate(
    models: ModelPaths,
    output: opt.OutputFolder,
    board: opt.BoardId = "netduinoplus2",
    runtime: opt.RuntimeName = None,
) -> None:
    """Write a complete PlatformIO project for a board."""
    from mcu_toolkit.boards import load_board
    from mcu_toolkit.firmware import generate_project
    from mcu_toolkit.pipeline.inputs import choose_runtime, load_model, refuse_unsupported

    target = load_board(board)
    chosen = choose_runtime(runtime, target)
    loaded = [load_model(path) for path in models]
    for model in loaded:
        refuse_unsupported(model, chosen, target)
    project = generate_project(loaded, target, chosen, output)
    print(f"written: {project.folder} (board {target.id}, runtime {chosen.name})")
    print(f"next: mcu build {project.folder}")


def build(project: ProjectFolder, verbose: opt.Verbose = False) -> None:
    """Build a generated project with PlatformIO."""
    from mcu_toolkit.boards import load_board
    from mcu_toolkit.cli.results import progress_for
    from mcu_toolkit.firmware import load_project
    from mcu_toolkit.pipeline import device

    loaded = load_project(project)
    with progress_for(quiet=False, verbose=verbose) as progress:
        image = device.build(loaded, load_board(loaded.board_id), progress)
    print(f"built: {image.elf}")
    print(f"next: mcu flash {project}")
