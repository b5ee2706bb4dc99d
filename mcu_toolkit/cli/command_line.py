"""The command line as a whole: a word that makes no sense is refused in text, and in JSON where that was asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import typer
import typer.core

from mcu_toolkit.cli.json_output import begin, write_failure
from mcu_toolkit.errors import EXIT_VERDICT_NO

_REFUSED: Any = typer.BadParameter.__mro__[2]
"""ClickException: typer up to 0.26 takes it from click, later versions from a copy of their own, and neither gives it a name."""


class CommandLine(typer.core.TyperGroup):
    """`mcu` with its commands."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command that `args` name and leave by SystemExit, as Typer does, after the JSON of a refusal was written."""
        words = list(sys.argv[1:] if args is None else args)
        begin(words)
        try:
            code = super().main(words, prog_name, complete_var, False, windows_expand_args, **extra)
        except _REFUSED as refused:
            context = getattr(refused, "ctx", None)
            default = None if context is None else context.lookup_default("json")
            hint = None if context is None else f"{context.command_path} --help"
            write_failure(refused.format_message(), refused.exit_code, hint=hint, default=default)
            refused.show()
            sys.exit(refused.exit_code)
        except typer.Abort:  # the end of what is typed at a question
            write_failure("a question was not answered", EXIT_VERDICT_NO)
            print("Aborted!", file=sys.stderr)
            sys.exit(EXIT_VERDICT_NO)
        sys.exit(code if isinstance(code, int) else 0)
