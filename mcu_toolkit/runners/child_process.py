"""A child process that answers one message after the other over a pipe, and may die."""

from __future__ import annotations

import contextlib
import json
import signal
import struct
import subprocess
import tempfile
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from mcu_toolkit.system import process, sandbox

_STOP_S = 2.0


class ChildDied(Exception):  # noqa: N818 - not an error shown to users: the caller says what it means
    """The child ended, was killed or stopped answering; the text says how: `killed by SIGSEGV`."""


class ChildProcess:
    """Sends messages (a JSON header and raw bytes, see interpreter_child.py) and waits for the answer to each."""

    def __init__(self, command: Sequence[str | Path], *, timeout_s: float, writable: Path | None = None) -> None:
        """Start `command`, which can write to the folder `writable` only and has no network: it handles a stranger's model.

        It is killed where an answer takes longer than `timeout_s`.  Raises ToolError if it cannot start.
        """
        self._timeout_s = timeout_s
        self._timed_out = threading.Event()
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = process.start(sandbox.confined(command, writable), stderr=self._log, env=sandbox.environment(writable))
        self.close = weakref.finalize(self, _stop, self._process, self._log)
        """End the child; idempotent, and done anyway when this object is no longer used."""

    @property
    def is_running(self) -> bool:
        """False once the child has ended."""
        return self._process.poll() is None

    def log(self) -> str:
        """What the child has printed to its standard error so far."""
        self._log.seek(0)
        return self._log.read().decode("utf-8", "replace")

    def ask(self, header: dict[str, Any], data: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """Send one message and return the answer's header and bytes; raises ChildDied."""
        encoded = json.dumps({**header, "bytes": len(data)}).encode()
        # The timer's thread must not hold on to this object, which would then outlive its last user.
        timer = threading.Timer(self._timeout_s, _give_up, (self._process, self._timed_out))
        timer.daemon = True
        timer.start()
        try:
            self._send(struct.pack("<I", len(encoded)) + encoded + data)
            reply = json.loads(self._receive(struct.unpack("<I", self._receive(4))[0]))
            return reply, self._receive(reply["bytes"])
        except (OSError, EOFError, ValueError, KeyError, TypeError):  # the last three: the answer is no message of ours
            raise ChildDied(self._cause()) from None
        except BaseException:  # Ctrl-C: nobody waits for the answer any more
            self._process.kill()
            raise
        finally:
            timer.cancel()

    def _send(self, message: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(message)
        self._process.stdin.flush()

    def _receive(self, count: int) -> bytes:
        assert self._process.stdout is not None
        data = self._process.stdout.read(count)
        if len(data) != count:
            raise EOFError
        return data

    def _cause(self) -> str:
        with contextlib.suppress(OSError):
            self._process.kill()
        code = self._process.wait()
        if self._timed_out.is_set():
            return f"no answer within {self._timeout_s:g} s"
        if code < 0:
            return f"killed by {_signal_name(-code)}"
        return f"exit code {code}"


def _give_up(child: subprocess.Popen[bytes], timed_out: threading.Event) -> None:
    timed_out.set()
    child.kill()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _stop(child: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    """Close the pipes, which asks the child to end, and kill it where it does not."""
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    try:
        child.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    process.forget_process(child)
    log.close()
