"""`mcu compare`: two reports side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt

_REPORT = "A file that --json wrote, or the folder of a deployment"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(short_help="What changed from one result to another; is it a regression?")(compare)


def compare(
    base: Annotated[Path, typer.Argument(help=f"{_REPORT}: what it was.", metavar="BASE", show_default=False)],
    new: Annotated[Path, typer.Argument(help=f"{_REPORT}: what it is.", metavar="NEW", show_default=False)],
    fail_on: opt.FailOn = None,
    json: opt.JsonFile = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML to this file.", metavar="FILE", show_default=False)] = None,
    output_format: Annotated[
        str, typer.Option("--format", help="text, or md: Markdown for a comment.", autocompletion=completion.any_of("text", "md"))
    ] = "text",
) -> None:
    """Compare two results of validate, verify, deploy or bench: what changed, by how much; exits with 1 on a regression.

    A regression is what --fail-on says: flash>+1% (grew by more), stack>+256, accuracy<-0.2pp (percentage points), flash>64K
    (the new value itself), parity.  Without it every measure has a tolerance: docs/how-to/ci.md.
    """
    from mcu_toolkit.api.results import compare as run
    from mcu_toolkit.cli.results import finish_step
    from mcu_toolkit.errors import UnknownNameError
    from mcu_toolkit.pipeline.compare import FORMATS

    if output_format not in FORMATS:
        raise UnknownNameError("format", output_format, FORMATS)
    finish_step(run(base, new, fail_on=fail_on, junit=junit, markdown=output_format == "md"), json)
