"""`mcu sbom`: what a firmware is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcu_toolkit.cli import options as opt
from mcu_toolkit.cli.cmd_firmware import ProjectFolder


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command(short_help="A firmware's bill of materials, as CycloneDX.")(sbom)


def sbom(
    project: ProjectFolder,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file; default: PROJECT.cdx.json beside the project.", metavar="FILE", show_default=False),
    ] = None,
    json: opt.JsonFile = None,
    verbose: opt.Verbose = False,
    quiet: opt.Quiet = False,
) -> None:
    """Write the software bill of materials (SBOM) of a project's image in CycloneDX 1.6, building what changed.

    It names every source file with its hash and licence, the models, libraries, the compiler and this toolkit.  The time in it is that
    of SOURCE_DATE_EPOCH, if that is set.
    """
    from mcu_toolkit.cli.results import finish_step, progress_for
    from mcu_toolkit.pipeline.sbom import write_sbom
    from mcu_toolkit.pipeline.workspace.inputs import require_project

    with progress_for("sbom", json, quiet=quiet, verbose=verbose) as progress:
        result = write_sbom(require_project(project), output, progress)
    finish_step(result, json)
