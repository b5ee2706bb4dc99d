"""`mcu config`: the settings in mcu.toml and in board files, checked, and described for editors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt

if TYPE_CHECKING:
    from mcu_toolkit.cli.config_types import Options

_OF = ("mcu.toml", "board")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(help="Check mcu.toml and board files, describe them for editors.", no_args_is_help=True, rich_markup_mode=None)
    group.command("check", short_help="Is there a mistake in mcu.toml or a board file?")(check)
    group.command("schema", short_help="A JSON schema, for completion in an editor.")(schema)
    app.add_typer(group, name="config", short_help="Check settings, describe them for editors.")


def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="mcu.toml and board files; default: the mcu.toml that counts here.", metavar="[FILE]...", show_default=False),
    ] = None,
    json: opt.JsonFile = None,
) -> None:
    """Look for mistakes: sections and keys that there are not, values of other types, boards and words that do not exist, limits.

    Every command reads mcu.toml and refuses what it cannot use; this one says it before, and looks at all sections.
    """
    from mcu_toolkit.cli.config import CONFIG_NAME, find_config, tell, working_folder
    from mcu_toolkit.cli.config_check import check_files
    from mcu_toolkit.cli.results import finish_step
    from mcu_toolkit.errors import InputError

    if not files:
        found = find_config(working_folder(), tell)
        if found is None:
            raise InputError(f"no {CONFIG_NAME} counts here", expected="one in this folder or above it, or a FILE", hint="mcu new NAME")
        files = [found]
    finish_step(check_files(files, _commands()), json)


def schema(
    of: Annotated[str, typer.Argument(help="mcu.toml or board.", metavar="OF", show_default=False, autocompletion=completion.any_of(*_OF))],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; default: standard output.", metavar="FILE", show_default=False)
    ] = None,
    json: opt.JsonFile = None,
) -> None:
    """Write the JSON schema of mcu.toml or of board files: editors complete keys and words with it, and mark mistakes.

    It is made from this installation's options and boards: docs/how-to/editors.md says how an editor gets it.
    """
    from mcu_toolkit.boards.schema import board_schema
    from mcu_toolkit.cli.config_schema import SchemaResult, config_schema, schema_text
    from mcu_toolkit.cli.results import finish_step
    from mcu_toolkit.errors import UnknownNameError
    from mcu_toolkit.pipeline.workspace.step_result import StepResult
    from mcu_toolkit.runtimes import runtime_names
    from mcu_toolkit.system.files import write_text

    if of not in _OF:
        raise UnknownNameError("kind of file", of, _OF)
    made = config_schema(_commands()) if of == _OF[0] else board_schema(runtime_names())
    if output is None:
        print(schema_text(made), end="")
    else:
        write_text(output, schema_text(made))
    lines = () if output is None else (f"schema: {output} (of {of})",)
    finish_step(StepResult("config", lines, SchemaResult(of, output, made)), json)


def _commands() -> dict[str, Options]:
    from mcu_toolkit.cli.app import whole
    from mcu_toolkit.cli.config_types import options_of

    return {name: options_of(command) for name, command in whole().commands.items()}
