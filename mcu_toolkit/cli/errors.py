"""One place where exceptions become messages and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable

from mcu_toolkit.errors import EXIT_INTERRUPTED, McuError


def exit_code_of(command: Callable[[], int]) -> int:
    """Run `command`; print a McuError's message to stderr and return its exit code, 130 for Ctrl-C."""
    try:
        return command()
    except McuError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted: what was finished is kept; the same command goes on from there", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`mcu boards | head`): not worth a message, and nothing is left to tell.
        sys.stderr.close()
        return 0
