"""One place where exceptions become messages and exit codes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from types import FrameType

from mcu_toolkit.errors import EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_OK, EXIT_TOOL_OR_DEVICE, McuError

_received: list[int] = []
"""The signals that were to end this process, in order."""


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt again if a library swallowed it (TensorFlow does while it is being imported)."""
    if _received:
        raise KeyboardInterrupt


def exit_code_of(command: Callable[[], object]) -> int:
    """Run `command`; print a McuError's message to stderr and return its exit code, 130 for Ctrl-C."""
    _make_interruptible()
    try:
        code = _run(command)
    except BaseException:
        if not _received:  # libraries turn an interruption into errors of their own
            raise
        code = EXIT_INTERRUPTED
    if _received:
        print("interrupted: what was finished is kept; the same command goes on from there", file=sys.stderr)
        return 128 + _received[0]
    return code


def _run(command: Callable[[], object]) -> int:
    try:
        command()
        sys.stdout.flush()
    except SystemExit as leaving:
        if leaving.code == EXIT_BAD_INPUT:  # Typer's, where options make no sense
            _tell_where_defaults_come_from()
        return leaving.code if isinstance(leaving.code, int) else EXIT_OK
    except McuError as error:
        _tell(f"error: {error}")
        if error.exit_code == EXIT_BAD_INPUT:
            _tell_where_defaults_come_from()
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output went away (`mcu boards | head`): not worth a message, and nothing is left to tell.
        sys.stderr.close()
    except OSError as error:  # of some library: a full disk in the middle of its work, a folder that vanished
        place = f"{error.filename}: " if error.filename else ""
        _tell(f"error: {place}{error.strerror or error}")
        return EXIT_TOOL_OR_DEVICE
    return EXIT_OK


def _tell(message: str) -> None:
    """Print `message`, unless it is only a consequence of an interruption."""
    if not _received:
        print(message, file=sys.stderr)


def _tell_where_defaults_come_from() -> None:
    """What is refused may be a value that the user did not type."""
    from mcu_toolkit.cli.config import applied_config

    if applied_config() is not None:
        _tell(f"(defaults come from {applied_config()})")


def _make_interruptible() -> None:
    """Ctrl-C, SIGTERM and a closed terminal all become KeyboardInterrupt."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        _received.append(number)
        raise KeyboardInterrupt

    names = ("SIGINT", "SIGTERM", "SIGHUP")
    for number in (getattr(signal, name) for name in names if hasattr(signal, name)):
        # One that was ignored before (nohup) stays so.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, on_signal)
