"""The only place that runs other programs."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mcu_toolkit.errors import ToolError

_WIND_UP_S = 5.0
"""How long an interrupted program gets to end what it started, before it is killed with all its children."""


@dataclass(frozen=True)
class Completed:
    """A finished program: its exit code and what it printed (stdout and stderr in one stream)."""

    command: tuple[str, ...]
    exit_code: int
    output: str

    def tail(self, lines: int = 25) -> str:
        """The last `lines` lines of the output, for error messages."""
        return "\n".join(self.output.rstrip().splitlines()[-lines:])


def find_tool(name: str) -> Path | None:
    """The program `name` on PATH, or None."""
    found = shutil.which(name)
    return Path(found) if found else None


def require_tool(name: str, *, hint: str) -> Path:
    """The program `name` on PATH; raises ToolError with `hint` (how to install it) where it is missing."""
    found = find_tool(name)
    if found is None:
        raise ToolError(f"program '{name}' not found on PATH", hint=hint)
    return found


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout_s: float | None = None,
    on_line: Callable[[str], None] | None = None,
) -> Completed:
    """Run `command` to its end and return it, whatever its exit code; `on_line` sees each line of output as it comes.

    `env` adds to the environment.  Raises ToolError if the program cannot be started or does not end within `timeout_s`.
    It runs in a session of its own: when we are interrupted (Ctrl-C), it and its children are told to end, then killed.
    """
    words = tuple(str(word) for word in command)
    try:
        with subprocess.Popen(
            words,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as child:
            try:
                output = _collect(child, timeout_s, on_line)
            except BaseException:
                _end(child)
                raise
    except subprocess.TimeoutExpired:
        raise ToolError(f"'{words[0]}' did not finish within {timeout_s:g} s", hint=f"run it by hand: {' '.join(words)}") from None
    except OSError as error:
        raise ToolError(f"'{words[0]}' cannot be started: {error.strerror}") from None
    return Completed(words, child.returncode, output)


def start(command: Sequence[str | Path], *, stderr: IO[bytes], env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start `command` and leave it running, with binary pipes to its stdin and stdout; the caller ends it.

    What it prints as errors goes to the file `stderr`; `env` adds to the environment.  Raises ToolError if the program
    cannot be started.
    """
    words = [str(word) for word in command]
    try:
        environment = {**os.environ, **(env or {})}
        return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, env=environment)
    except OSError as error:
        raise ToolError(f"'{words[0]}' cannot be started: {error.strerror}") from None


def _end(child: subprocess.Popen[str]) -> None:
    """Interrupt `child` and its children as Ctrl-C does; kill what is still there after a while, or at a second Ctrl-C."""
    if os.name != "posix":
        child.kill()
        return
    try:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_WIND_UP_S)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


def _collect(child: subprocess.Popen[str], timeout_s: float | None, on_line: Callable[[str], None] | None) -> str:
    if on_line is None:
        output, _ = child.communicate(timeout=timeout_s)
        return output
    assert child.stdout is not None
    lines = []
    expired = threading.Event()

    def end() -> None:
        expired.set()
        _end(child)

    # Reading lines has no time limit of its own: a program that says nothing more is ended from beside.
    watchdog = threading.Timer(timeout_s, end) if timeout_s is not None else None
    if watchdog is not None:
        watchdog.start()
    try:
        for line in child.stdout:
            lines.append(line)
            on_line(line.rstrip("\n"))
        child.wait()
    finally:
        if watchdog is not None:
            watchdog.cancel()
    if expired.is_set():
        raise subprocess.TimeoutExpired(child.args, timeout_s or 0.0)
    return "".join(lines)
