"""The command line: each command parses, calls one function of the pipeline, prints."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the `mcu` program."""
    try:
        from mcu_toolkit.cli.errors import exit_code_of
        from mcu_toolkit.terminal_text import VisibleStream

        sys.stdout, sys.stderr = VisibleStream(sys.stdout), VisibleStream(sys.stderr)
        code = exit_code_of(_run)
    except KeyboardInterrupt:  # before the signals were ours, or a second one while the first was being answered
        code = 130  # EXIT_INTERRUPTED, whose module may be what was being imported
    sys.exit(code)


def _run() -> None:
    # Inside, so that Ctrl-C while modules are still being imported is answered as at any other time.
    from mcu_toolkit.cli.app import run, show_help, without_offline

    words = without_offline(sys.argv[1:])
    if not show_help(words):
        run(words)
