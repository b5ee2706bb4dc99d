"""`mcu report`: results as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcu_toolkit.cli import completion
from mcu_toolkit.cli import options as opt


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command(short_help="Results as one HTML page, Markdown, JUnit XML or JSON.")(report)


def report(
    results: Annotated[
        list[Path],
        typer.Argument(help="Files that --json wrote, or folders of deployments, the oldest first.", metavar="RESULT", show_default=False),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write, - is standard output; default: report.html.", show_default=False),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="html, md, junit or json; default: by the file's name.",
            metavar="FORMAT",
            show_default=False,
            autocompletion=completion.any_of("html", "md", "junit", "json"),
        ),
    ] = None,
    static: Annotated[bool, typer.Option("--static", help="html: a small page, with tables and static pictures only.")] = False,
    json: opt.JsonFile = None,
) -> None:
    """Show results of deploy, verify, validate, bench, explain and quantize --compare as one page that loads nothing.

    Of two or more results it shows what changed from the first to the last: figures, layers, operators, samples.
    """
    from mcu_toolkit.api.results import report as write
    from mcu_toolkit.cli.results import finish_step

    finish_step(write(results, output, form=form, static=static), json)
