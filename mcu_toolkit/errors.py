"""The exception tree.  Every failure a user can cause or meet is one of these.

    McuError                   exit 2 unless a subclass says otherwise
      InputError               2  a file, an option or a name the user gave is wrong
        UnknownNameError       2  a board, runtime, operator ... that does not exist
        UnsupportedModelError  2  the model has something the chosen runtime cannot run
      NotSatisfiedError        1  everything worked, and the check failed (does not fit, below threshold)
      ToolError                3  a program we call is missing or failed
      DeviceError              3  the board, the port or the emulator failed
        NoReplyError           3  nothing came back in time
        ProtocolError          3  something came back that is not our protocol

Foreign exceptions (OSError, serial.SerialException, subprocess errors) are translated at one crossing each: the
module that makes the foreign call.  `mcu` prints `str(error)` and exits with `error.exit_code`; anything else is a defect
of the toolkit, of which `mcu` prints a few lines and saves the trace (cli/defects.py).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar

from mcu_toolkit.terminal_text import visible_line

EXIT_OK = 0
EXIT_VERDICT_NO = 1
EXIT_BAD_INPUT = 2
EXIT_TOOL_OR_DEVICE = 3
EXIT_INTERRUPTED = 130


class McuError(Exception):
    """A failure with everything a user needs: what happened, on what, what was expected, what to do next."""

    exit_code: ClassVar[int] = EXIT_BAD_INPUT

    def __init__(self, what: str, *, on: object = None, expected: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.on = None if on is None else str(on)
        self.expected = expected
        self.hint = hint

    def __str__(self) -> str:
        lines = [self.what if self.on is None else f"{visible_line(self.on)}: {self.what}"]
        if self.expected:
            lines.append(f"  expected: {self.expected}")
        if self.hint:
            lines.append(f"  try: {self.hint}")
        return "\n".join(lines)


class InputError(McuError):
    """A file, option or value given by the user is wrong."""


class UnknownNameError(InputError):
    """A name that is in none of our tables; the message lists the nearest known ones."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, hint: str | None = None) -> None:
        names = sorted(known)
        near = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.5)
        expected = f"one of {', '.join(near)}" if near else f"one of {', '.join(names)}"
        super().__init__(f"unknown {kind} '{name}'", expected=expected, hint=hint)
        self.name = name


class UnsupportedModelError(InputError):
    """The model is well formed, but the chosen runtime or board cannot run it."""


class NotSatisfiedError(McuError):
    """The work was done and the verdict is no."""

    exit_code = EXIT_VERDICT_NO


class ToolError(McuError):
    """A program we depend on is missing or failed."""

    exit_code = EXIT_TOOL_OR_DEVICE


class DeviceError(McuError):
    """The board, its port or its emulator failed."""

    exit_code = EXIT_TOOL_OR_DEVICE


class NoReplyError(DeviceError):
    """The device did not answer in time."""


class ProtocolError(DeviceError):
    """The device answered with something that is not our protocol, or with an error of ours."""
