"""The page of all commands, from Typer's own help."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from mcu_toolkit.cli.app import app
from scripts.site.markdown import code, prose, table


def page() -> str:
    """Every command with its usage, arguments and options."""
    root = typer.main.get_command(app)
    context = typer.Context(root, info_name="mcu", **root.context_settings)
    introduction = (
        "# Commands\n\nMade from the program's own help: `mcu COMMAND --help` prints the same. Exit codes are the same for every command "
        "([reports](reports.md#exit-codes)).\n"
    )
    return "\n".join([introduction, *_sections(root, context)])


def _sections(command: Any, context: Any) -> Iterator[str]:
    yield f"## {context.command_path}\n"
    for paragraph in (command.help or "").split("\n\n"):
        yield prose(paragraph) + "\n"
    yield f"```text\n{command.get_usage(context).removeprefix('Usage: ')}\n```\n"
    records = [record for parameter in command.get_params(context) if (record := parameter.get_help_record(context))]
    if records:
        yield table(("argument or option", "what"), [(code(names), prose(text)) for names, text in records])
    for name in getattr(command, "commands", {}):
        inner = command.commands[name]
        if not inner.hidden:
            yield from _sections(inner, typer.Context(inner, info_name=name, parent=context, **inner.context_settings))
