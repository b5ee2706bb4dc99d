"""Where `--json` writes: a file, or standard output, which then contains nothing else.

Every command that was given `--json` leaves JSON, however it ends: its result, or what went wrong (`write_failure`).
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import typer

from mcu_toolkit.errors import EXIT_INTERRUPTED, EXIT_VERDICT_NO, InputError, McuError
from mcu_toolkit.system.files import write_text
from mcu_toolkit.terminal_text import visible_json

STANDARD_OUTPUT = Path("-")
_OPTION = "--json"


@dataclass
class _Asked:
    """What the running command is to write."""

    path: Path | None = None
    written: bool = False
    taken: TextIO | None = field(default=None, repr=False)
    """Standard output, where it is the JSON's alone."""
    other_words: tuple[str, ...] = ()
    """Of the command line, without what follows `--json`: files among them are read."""

    @property
    def would_overwrite(self) -> bool:
        """True where the file for the JSON is one that the command line names otherwise, too: a model, data, a baseline."""
        return self.path is not None and self.path.is_file() and any(_is_file(self.path, word) for word in self.other_words)


_asked = _Asked()


def begin(words: Sequence[str]) -> None:
    """A command line begins; where it cannot be read any further, its `--json` is already known from `words`."""
    end = words.index("--") if "--" in words else len(words)
    known = None
    others = list(words)
    for place, word in enumerate(words[:end]):
        if word == _OPTION and place + 1 < end:
            known, others[place + 1] = words[place + 1], ""
        elif word.startswith(f"{_OPTION}="):
            known, others[place] = word.removeprefix(f"{_OPTION}="), ""
    _asked.path, _asked.written, _asked.taken = Path(known) if known else None, False, None
    _asked.other_words = tuple(others)


def _is_file(path: Path, word: str) -> bool:
    """True where `word`, or what follows its `=`, names the file `path`."""
    for name in (word, word.partition("=")[2]):
        with contextlib.suppress(OSError, ValueError):  # words that name nothing
            if name and path.samefile(name):
                return True
    return False


def take_output(context: typer.Context, json: Path | None) -> Path | None:
    """With `--json -` everything that the command prints for people goes to standard error until it has ended.

    Raises InputError, before anything runs, where the JSON would replace a file that the command reads.
    """
    if json is not None and not context.resilient_parsing:
        _asked.path = json
        if _asked.would_overwrite:
            raise InputError(
                "is a file that this command line names elsewhere, and would be overwritten", on=json, expected="another file with --json"
            )
        if json == STANDARD_OUTPUT and _asked.taken is None:  # else a group of commands did it
            _asked.taken = sys.stdout
            context.with_resource(contextlib.redirect_stdout(sys.stderr))
    return json


def write_json(path: Path, text: str) -> None:
    """Write a JSON text; it may go to a terminal (`-`, /dev/stdout), so what one would obey is escaped, which JSON has for it."""
    if path == STANDARD_OUTPUT:
        stream = _asked.taken or sys.stdout
        stream.write(visible_json(text))
        stream.flush()
    else:
        write_text(path, visible_json(text))
    _asked.written = True


def write_failure(
    message: str, exit_code: int, *, on: str | None = None, expected: str | None = None, hint: str | None = None, default: object = None
) -> None:
    """What went wrong, for the program that reads the JSON; nothing where none was asked for, or a result is already there.

    `default` is where mcu.toml wants it, for a command line that was not read to its end.  Raises nothing: that the JSON cannot
    be written is less than what it would say, which is printed anyway.
    """
    path = _asked.path or (Path(default) if isinstance(default, str) else None)
    if path is None or _asked.written or _asked.would_overwrite:
        return
    from mcu_toolkit.report import SCHEMA_VERSION
    from mcu_toolkit.version import __version__

    fields = {
        "schema_version": SCHEMA_VERSION,
        "toolkit_version": __version__,
        "verdict": "fail" if exit_code == EXIT_VERDICT_NO else "error",
        "message": message,
        "on": on,
        "expected": expected,
        "hint": hint,
        "exit_code": exit_code,
    }
    with contextlib.suppress(OSError, McuError):
        from mcu_toolkit.system.json_text import json_text  # a command that starts has no use for it

        write_json(path, json_text(fields))


def write_error(error: McuError) -> None:
    """`write_failure` of one of our errors."""
    write_failure(error.what, error.exit_code, on=error.on, expected=error.expected, hint=error.hint)


def write_interruption(exit_code: int = EXIT_INTERRUPTED) -> None:
    """`write_failure` of a command that was interrupted before it had a result."""
    write_failure("interrupted", exit_code, hint="what was finished is kept; the same command goes on from there")
