# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Starting what runs a firmware: in the board's folder, and never longer than the bridge lives."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

from state import Config, EmulatorError

_PR_SET_PDEATHSIG = 1  # prctl(2)
_START_TIMEOUT_S = 20.0


def start(
    config: Config,
    command: list[str],
    folder: Path,
    *inherited: socket.socket,
    stdin: socket.socket | int = subprocess.DEVNULL,
    stdout: socket.socket | int | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in `folder`; what it prints goes to our standard error, which is the log."""
    parent = os.getpid()

    def in_child() -> None:
        _die_with_parent(parent)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=stdin,
            stdout=sys.stderr.fileno() if stdout is None else stdout,
            pass_fds=tuple(end.fileno() for end in inherited),
            preexec_fn=in_child,  # noqa: PLW1509  (the bridge has one thread)
        )
    except OSError as error:
        raise EmulatorError(f"{command[0]} of board {config.board} cannot be started: {error.strerror}") from None


def start_greeting(
    config: Config, command: list[str], folder: Path, serial: socket.socket, greeted: tuple[socket.socket, socket.socket]
) -> subprocess.Popen[bytes]:
    """Start an emulator and wait until it sends a byte over `greeted`, our end and its: a bad command line or image has failed by then.

    Closes both ends of that connection.  Raises EmulatorError where it ends without a greeting, or gives none for 20 s.
    """
    ours, theirs = greeted
    with ours:
        with theirs:
            child = start(config, command, folder, serial, theirs)
        ours.settimeout(_START_TIMEOUT_S)
        try:
            greeting = ours.recv(1)
        except OSError:
            greeting = b""
    if greeting:
        return child
    child.kill()
    code = child.wait()
    raise EmulatorError(f"{config.program} did not start (exit code {code}): {' '.join(command)}")


def _die_with_parent(parent: int) -> None:
    """In the child, before it becomes the emulator: the kernel kills it when the bridge dies, even by SIGKILL (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # died in between
            os._exit(1)
