"""One place where exceptions become messages and exit codes."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from mcu_toolkit.cli.deadline import end_in_time
from mcu_toolkit.errors import EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_OK, EXIT_TOOL_OR_DEVICE, McuError, ToolError

_received: list[int] = []
"""The signals that were to end this process, in order."""
_AGAIN_S = 0.01
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt again if a library swallowed it (TensorFlow does while it is being imported)."""
    if _received:
        raise KeyboardInterrupt


def exit_code_of(command: Callable[[], object]) -> int:
    """Run `command`; print a McuError's message to stderr and return its exit code, 130 for Ctrl-C.

    From here to the end of the process signals are only ignored: nothing is left but to leave.
    """
    try:
        _make_interruptible()
        code = _run(command)
        _ignore_signals()
    except BaseException:
        _ignore_signals()
        if not _received:  # libraries turn an interruption into errors of their own
            raise
        code = EXIT_INTERRUPTED
    if _received:
        from mcu_toolkit.cli.json_output import write_interruption

        print("interrupted: what was finished is kept; the same command goes on from there", file=sys.stderr)
        write_interruption(128 + _received[0])
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
        _tell_error(error)
        if error.exit_code == EXIT_BAD_INPUT:
            _tell_where_defaults_come_from()
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output went away (`mcu boards | head`): not worth a message, and nothing is left to tell.
        sys.stderr.close()
    except OSError as error:  # of some library: a full disk in the middle of its work, a folder that vanished
        _tell_error(ToolError(error.strerror or str(error), on=error.filename or None))
        return EXIT_TOOL_OR_DEVICE
    except Exception as error:
        if _received:  # only a consequence of an interruption
            raise
        from mcu_toolkit.cli.defects import defect_error

        _tell_error(defect_error(error))
        return EXIT_TOOL_OR_DEVICE
    return EXIT_OK


def _tell_error(error: McuError) -> None:
    """Print an error for people, and leave it as JSON for the program that asked for that."""
    _tell(f"error: {error}")
    if not _received:
        from mcu_toolkit.cli.json_output import write_error

        write_error(error)


def _tell(message: str) -> None:
    """Print `message`, unless it is only a consequence of an interruption."""
    if not _received:
        from mcu_toolkit.cli.wrapping import fitted

        print(fitted(message, sys.stderr), file=sys.stderr)


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

    for number in _SIGNALS:
        # One that was ignored before (nohup) stays so.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, on_signal)
    sys.unraisablehook = _interrupt_again_if_lost
    end_in_time()


def _interrupt_again_if_lost(lost: sys.UnraisableHookArgs) -> None:
    """Python drops, with a traceback, what is raised in a finalizer or a callback of a weak reference, where a signal may fall."""
    if not issubclass(lost.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return
    again = threading.Timer(_AGAIN_S, _thread.interrupt_main)
    again.daemon = True
    again.start()


def _ignore_signals() -> None:
    """While it ends, Python gives every signal that has a function its default back: Ctrl-C would kill a command that succeeded."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    # A KeyboardInterrupt that passes through exec() of a text (dataclasses, namedtuples) makes Python end by SIGINT even where
    # it is caught later; the next exec() of a text takes that back (Python/pythonrun.c, unhandled_keyboard_interrupt).
    exec("")
