"""The Typer application and its table of commands."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from mcu_toolkit.cli import (
    cmd_bench,
    cmd_chain,
    cmd_compare,
    cmd_config,
    cmd_device,
    cmd_firmware,
    cmd_fit,
    cmd_frontend,
    cmd_info,
    cmd_matrix,
    cmd_model,
    cmd_new,
    cmd_predict,
    cmd_record,
    cmd_report,
    cmd_sbom,
    cmd_stream,
    cmd_train,
)
from mcu_toolkit.cli.command_line import CommandLine
from mcu_toolkit.cli.config import apply_config, tell
from mcu_toolkit.system import network
from mcu_toolkit.version import __version__

OFFLINE = "--offline"

# Rich's markup and tracebacks cost 0.1 s of start-up; plain help is as readable.
app = typer.Typer(
    name="mcu",
    cls=CommandLine,
    help="Train, quantize, compile, flash and prove int8 models on microcontrollers.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"mcu {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")] = False,
    offline: Annotated[bool, typer.Option(OFFLINE, help="Use no network; allowed after a command, too.  Also: MCU_OFFLINE=1.")] = False,
) -> None:
    """Train, quantize, compile, flash and prove int8 models on microcontrollers."""
    network.tell_uses_to(tell)
    if offline:
        network.go_offline()
    if context.invoked_subcommand != "config":  # which looks at such a file, and says more
        apply_config(context, whole)


for module in (
    cmd_new,
    cmd_train,
    cmd_model,
    cmd_fit,
    cmd_frontend,
    cmd_predict,
    cmd_firmware,
    cmd_device,
    cmd_chain,
    cmd_bench,
    cmd_matrix,
    cmd_record,
    cmd_report,
    cmd_sbom,
    cmd_stream,
    cmd_compare,
    cmd_config,
    cmd_info,
):
    module.register(app)


def whole() -> Any:
    """The group of all commands, with every option made."""
    return typer.main.get_command(app)


def run(words: Sequence[str]) -> None:
    """Run a command line.

    Typer makes an object of every option before it reads a word: where the first word is a command, only those of that one.
    """
    one = [known for known in app.registered_commands if words and words[0] == _name_of(known)]
    chosen = copy.copy(app)
    if one:
        chosen.registered_commands, chosen.registered_groups = one, []
    chosen(words, prog_name="mcu")


def _name_of(command: typer.models.CommandInfo) -> str:
    return command.name or getattr(command.callback, "__name__", "").replace("_", "-")


def without_offline(words: Sequence[str]) -> list[str]:
    """`words` of a command line less `--offline`, which is obeyed wherever it stands: every command has it."""
    end = words.index("--") if "--" in words else len(words)
    if OFFLINE in words[:end]:
        network.go_offline()
    return [word for place, word in enumerate(words) if word != OFFLINE or place >= end]


def show_help(words: Sequence[str]) -> bool:
    """Print the help that a command line asks for as `mcu COMMAND ... --help`, and say so; False for anything else.

    Typer would first read the options of `mcu` itself, with a library whose import takes longer than all the rest.
    """
    asked = next((place for place, word in enumerate(words) if word in ("-h", "--help")), 0)
    if asked == 0 or any(word.startswith("-") for word in words[:asked]):
        return False
    command = typer.main.get_command(app)
    context = typer.Context(command, info_name="mcu", **command.context_settings)
    for word in words[:asked]:
        commands = getattr(command, "commands", {})
        if not commands:
            break  # an argument
        if word not in commands:
            return False
        command = commands[word]
        context = typer.Context(command, info_name=word, parent=context, **command.context_settings)
    print(command.get_help(context))
    return True
