"""The whole command line in this process: thousands of commands in the time that a few take as programs.

TensorFlow takes 4 seconds of a processor to start.  Here the child that converts models (runners/isolated.py) stays from one
command to the next, and so from test to test; tests of processes, signals and the environment need `running.mcu`.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from mcu_toolkit.cli import config
from mcu_toolkit.cli.app import run
from mcu_toolkit.cli.board_limits import forget_board_limits
from mcu_toolkit.cli.errors import _run
from mcu_toolkit.cli.matrix_tables import forget_matrix_tables
from mcu_toolkit.terminal_text import VisibleStream
from tests.cli.running import Outcome

DEFECT = "this is a defect of the toolkit"


def mcu_here(*words: object, cwd: Path | None = None) -> Outcome:
    """`mcu WORDS` without a process of its own, with everything around it but the signals."""
    out, err = io.StringIO(), io.StringIO()
    config._applied.clear()
    forget_board_limits()
    forget_matrix_tables()
    arguments = [str(word) for word in words]
    with (
        _working_in(cwd),
        contextlib.redirect_stdout(cast("io.StringIO", VisibleStream(out))),
        contextlib.redirect_stderr(cast("io.StringIO", VisibleStream(err))),
    ):
        code = _run(lambda: run(arguments))
    return Outcome(code, out.getvalue(), err.getvalue())


def succeed_here(*words: object, cwd: Path | None = None) -> Outcome:
    """`mcu_here`, which must end with 0."""
    outcome = mcu_here(*words, cwd=cwd)
    assert outcome.exit_code == 0, outcome.stdout + outcome.stderr
    return outcome


@contextlib.contextmanager
def _working_in(folder: Path | None) -> Iterator[None]:
    """The working directory is `folder`, if there is one, and then what it was."""
    before = Path.cwd()
    os.chdir(folder or before)
    try:
        yield
    finally:
        os.chdir(before)


def assert_answered(outcome: Outcome) -> None:
    """An answer or a message of ours, all of it harmless to look at."""
    assert outcome.exit_code in (0, 1, 2), outcome.stderr
    assert DEFECT not in outcome.stderr, outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert all(letter.isprintable() or letter in "\n\t" for letter in outcome.stdout + outcome.stderr)
