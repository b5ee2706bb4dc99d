"""The command line: each command parses, calls one function of the pipeline, prints."""

from __future__ import annotations

import sys

USAGE_ERROR = 2
"""What Typer exits with where options make no sense; errors of ours are exceptions there, whatever their code."""


def main() -> None:
    """Entry point of the `mcu` program."""
    from mcu_toolkit.cli.errors import exit_code_of

    sys.exit(exit_code_of(_run))


def _run() -> None:
    # Inside, so that Ctrl-C while modules are still being imported is answered as at any other time.
    from mcu_toolkit.cli.app import app
    from mcu_toolkit.cli.config import applied_config

    try:
        app()
    except SystemExit as leaving:
        if leaving.code == USAGE_ERROR and applied_config() is not None:
            print(f"(defaults come from {applied_config()})", file=sys.stderr)
        raise
