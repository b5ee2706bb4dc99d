"""Where `--json` writes: a file, or standard output, which then contains nothing else."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TextIO

import typer

from mcu_toolkit.system.files import write_text
from mcu_toolkit.terminal_text import visible_json

STANDARD_OUTPUT = Path("-")
_taken: list[TextIO] = []
"""Standard output, where it is the JSON's alone."""


def take_output(context: typer.Context, json: Path | None) -> Path | None:
    """With `--json -` everything that the command prints for people goes to standard error until it has ended."""
    if json == STANDARD_OUTPUT and sys.stdout is not sys.stderr:  # else a group of commands did it
        _taken[:] = [sys.stdout]
        context.with_resource(contextlib.redirect_stdout(sys.stderr))
    return json


def write_json(path: Path, text: str) -> None:
    """Write a JSON text; it may go to a terminal (`-`, /dev/stdout), so what one would obey is escaped, which JSON has for it."""
    if path == STANDARD_OUTPUT:
        _taken[-1].write(visible_json(text))
        _taken[-1].flush()
    else:
        write_text(path, visible_json(text))
