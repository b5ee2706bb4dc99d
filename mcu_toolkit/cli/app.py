"""The Typer application and its table of commands."""

from __future__ import annotations

from typing import Annotated

import typer

from mcu_toolkit import __version__
from mcu_toolkit.cli import cmd_bench, cmd_chain, cmd_device, cmd_firmware, cmd_info, cmd_model, cmd_new
from mcu_toolkit.cli.config import apply_config

# Rich's markup and tracebacks cost 0.1 s of start-up; plain help is as readable.
app = typer.Typer(
    name="mcu",
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
) -> None:
    """Train, quantize, compile, flash and prove int8 models on microcontrollers."""
    apply_config(context)


for module in (cmd_new, cmd_model, cmd_firmware, cmd_device, cmd_chain, cmd_bench, cmd_info):
    module.register(app)
