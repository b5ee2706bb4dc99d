"""The command line: each command parses, calls one function of the pipeline, prints."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the `mcu` program."""
    from mcu_toolkit.cli.errors import exit_code_of

    sys.exit(exit_code_of(_run))


def _run() -> None:
    # Inside, so that Ctrl-C while modules are still being imported is answered as at any other time.
    from mcu_toolkit.cli.app import app

    app(prog_name="mcu")
