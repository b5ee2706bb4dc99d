"""`mcu boards`, `mcu runtimes`, `mcu doctor`: boards, runtimes and this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt
from mcu_toolkit.cli.cmd_new import boards_new


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(rich_markup_mode=None, help="List the boards, search them, show one, make one.", invoke_without_command=True)
    group.callback()(boards)
    group.command("list", short_help="List all boards.")(boards_list)
    group.command("search", short_help="Boards that have a word in id, name, part or core.")(boards_search)
    group.command("new", short_help="A custom board file, checked.")(boards_new)
    group.command("show", short_help="Everything about one board.")(boards_show)
    group.command("trust", short_help="Trust a custom board file to run its programs.")(boards_trust)
    group.command("play", short_help="What an emulated board's sensor measures.")(boards_play)
    group.command("check", short_help="Measure a board on your desk: clock, line, memory, kernels.")(boards_check)
    group.command("stop", short_help="Stop emulated boards that run.")(boards_stop)
    app.add_typer(group, name="boards", short_help="List the boards, search them, show one.")
    app.command(short_help="List the runtimes.")(runtimes)
    app.command(short_help="What this machine has and what it lacks.")(doctor)


def boards(
    context: typer.Context,
    fits: Annotated[
        Path | None,
        typer.Option("--fits", help="Only boards that firmware with this .tflite model fits.", metavar="MODEL", show_default=False),
    ] = None,
    json: opt.JsonFile = None,
) -> None:
    """List the boards; `search WORD` and `show ID` say more.

    With --fits exit code 1 where the model fits none.
    """
    if context.invoked_subcommand is not None:
        return
    if fits is None:
        boards_list(json)
        return
    from mcu_toolkit.cli.results import finish_step
    from mcu_toolkit.pipeline.inspection.catalogue import boards_that_take
    from mcu_toolkit.pipeline.workspace.inputs import open_subject

    finish_step(boards_that_take(open_subject(fits).model), json)


def boards_list(json: opt.JsonFile = None) -> None:
    """List all boards."""
    from mcu_toolkit.cli.results import finish_step
    from mcu_toolkit.pipeline.inspection.catalogue import list_boards

    finish_step(list_boards(), json)


def boards_search(
    word: Annotated[str, typer.Argument(help="Any part of it, in any case.", metavar="WORD", show_default=False)],
    json: opt.JsonFile = None,
) -> None:
    """List the boards that have a word in their id, name, vendor, part or core."""
    from mcu_toolkit.cli.results import finish_step
    from mcu_toolkit.pipeline.inspection.catalogue import list_boards

    finish_step(list_boards(word), json)


def boards_show(
    board: Annotated[str, typer.Argument(help="Board id.", metavar="ID", show_default=False, autocompletion=completion.boards)],
    json: opt.JsonFile = None,
) -> None:
    """Show everything about one board, and where it comes from."""
    from mcu_toolkit.cli.results import finish_step
    from mcu_toolkit.pipeline.inspection.catalogue import show_board

    finish_step(show_board(board), json)


def boards_stop(
    board: Annotated[
        str | None,
        typer.Argument(
            help="Board id; all of them if none is given.", metavar="[ID]", show_default=False, autocompletion=completion.boards
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Also where another command is using it.")] = False,
    json: opt.JsonFile = None,
) -> None:
    """Stop the emulator of a board; `mcu flash` starts it again."""
    from mcu_toolkit.cli.results import finish_step
    from mcu_toolkit.pipeline.inspection.catalogue import stop_boards

    finish_step(stop_boards(board, force=force), json)


def boards_play(
    board: Annotated[str, typer.Argument(help="Board id.", metavar="ID", show_default=False, autocompletion=completion.boards)],
    file: Annotated[
        Path | None, typer.Argument(help="A WAV file, or a CSV file with a column for each axis.", metavar="[FILE]", show_default=False)
    ] = None,
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            help="microphone, accelerometer or analog.",
            autocompletion=completion.any_of("microphone", "accelerometer", "analog"),
        ),
    ] = "microphone",
    rate_hz: Annotated[
        float | None,
        typer.Option("--rate-hz", help="Samples a second of a tone, or a CSV file without time.", min=0.001, show_default=False),
    ] = None,
    tone: Annotated[float | None, typer.Option("--tone", help="Play a tone instead.", metavar="HZ", show_default=False)] = None,
    seconds: Annotated[float, typer.Option("--seconds", help="How long the tone lasts.")] = 1.0,
    at_once: Annotated[bool, typer.Option("--at-once", help="Samples are there whenever asked for, not as time passes.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Play nothing any more.")] = False,
    json: opt.JsonFile = None,
) -> None:
    """Choose what the sensor of an emulated board measures; a board that runs is restarted."""
    from mcu_toolkit.cli.results import finish_step
    from mcu_toolkit.pipeline.play import PlayRequest, play_on_board

    finish_step(play_on_board(PlayRequest(board, file, kind, rate_hz, tone, seconds, at_once, stop)), json)


def boards_check(
    board: Annotated[
        str, typer.Argument(help="Board id or .toml file.", metavar="BOARD", show_default=False, autocompletion=completion.boards)
    ],
    port: opt.Port = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="File for the report, to be kept or sent in.")] = Path("board-report.json"),
    baud: Annotated[
        str | None,
        typer.Option("--baud", help="Try the line at these rates, too; each is a build.", metavar="RATE,...", show_default=False),
    ] = None,
    tool: opt.UploadToolName = "",
    read_back: opt.ReadBack = False,
    seconds: Annotated[float, typer.Option("--seconds", help="For the timer, and for the line at each rate.", min=0.2, max=600.0)] = 2.0,
    json: opt.JsonFile = None,
    verbose: opt.Verbose = False,
    quiet: opt.Quiet = False,
) -> None:
    """Put a probe firmware on a board, measure it, and say what is not as its board file says; exit code 1 then.

    Outputs, clock, memory, stack, the line at each rate, flash and a dozen kernels.  The board keeps the probe firmware.
    """
    from mcu_toolkit.build.upload import UploadRequest
    from mcu_toolkit.cli.results import finish_step, progress_for
    from mcu_toolkit.pipeline.board_check.run import BoardCheckRequest, check_board_on_desk, parse_bauds
    from mcu_toolkit.pipeline.board_check.write import require_place, write_report

    with progress_for("boards", json, quiet=quiet, verbose=verbose) as progress:
        request = BoardCheckRequest(board, port, parse_bauds(baud), seconds, UploadRequest(tool, read_back))
        require_place(output)
        result = check_board_on_desk(request, progress)
        finished = write_report(result, output)
    finish_step(finished, json)


def boards_trust(
    file: Annotated[Path, typer.Argument(help="A custom board file.", metavar="FILE", show_default=False)],
    json: opt.JsonFile = None,
) -> None:
    """Let a board file name programs, options and scripts that are then run, as long as the file stays as it is.

    `mcu boards show FILE` shows all of it first.
    """
    from mcu_toolkit.cli.results import finish_step
    from mcu_toolkit.pipeline.inspection.catalogue import trust_board

    finish_step(trust_board(file), json)


def runtimes(json: opt.JsonFile = None) -> None:
    """List the runtimes: ways of executing a model in firmware."""
    from mcu_toolkit.cli.results import finish_step
    from mcu_toolkit.pipeline.inspection.catalogue import list_runtimes

    finish_step(list_runtimes(), json)


def doctor(json: opt.JsonFile = None) -> None:
    """Look at versions, tools, network, ports and emulators; each line is ok or says what to do.

    Exit code 0 if the chain can run on an emulated board, else 3.
    """
    from mcu_toolkit.cli.results import finish_step
    from mcu_toolkit.errors import EXIT_TOOL_OR_DEVICE
    from mcu_toolkit.pipeline.inspection import doctor as check

    finish_step(check.doctor(), json, exit_code_for_no=EXIT_TOOL_OR_DEVICE)
