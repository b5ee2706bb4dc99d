"""The only place that runs other programs.

What we start does not outlive us, whatever ends us: a watchdog (watchdog.py) knows of each program before it begins.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from mcu_toolkit.errors import ToolError
from mcu_toolkit.system.sinks import shell_command

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
    without: Callable[[str], bool] | None = None,
    timeout_s: float | None = None,
    on_line: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
) -> Completed:
    """Run `command` to its end and return it, whatever its exit code; `on_line` sees each line of output as it comes.

    `env` adds to the environment, from which variables go whose name `without` says yes to.  Another thread may interrupt
    the program by setting `stop`.  Raises ToolError if the program cannot be started or does not end within `timeout_s`.
    It runs in a session of its own: when we are interrupted (Ctrl-C), it and its children are asked to end, then killed.
    """
    words = tuple(str(word) for word in command)
    inherited = {name: value for name, value in os.environ.items() if without is None or not without(name)}
    try:
        with subprocess.Popen(
            _gated(words, env, input_from="/dev/null"),
            cwd=cwd,
            env={**inherited, **(env or {})},
            stdin=subprocess.PIPE if _HAS_GATE else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=tuple(_passed_on),
        ) as child:
            try:
                _let_go(child, "group")
                with _ended_by(stop, child):
                    output = _collect(child, timeout_s, on_line)
            except BaseException:
                _end(child)
                raise
            finally:
                _forget(child.pid)
    except subprocess.TimeoutExpired:
        raise ToolError(f"'{words[0]}' did not finish within {timeout_s:g} s", hint=f"run it by hand: {shell_command(*words)}") from None
    except OSError as error:
        raise ToolError(f"'{words[0]}' cannot be started: {error.strerror}") from None
    return Completed(words, child.returncode, output)


def start(command: Sequence[str | Path], *, stderr: IO[bytes], env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start `command` and leave it running, with binary pipes to its stdin and stdout; the caller ends it.

    What it prints as errors goes to the file `stderr`; `env` adds to the environment.  Raises ToolError if the program
    cannot be started.
    """
    words = tuple(str(word) for word in command)
    try:
        environment = {**os.environ, **(env or {})}
        child = subprocess.Popen(_gated(words, env), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, env=environment)
    except OSError as error:
        raise ToolError(f"'{words[0]}' cannot be started: {error.strerror}") from None
    _let_go(child, "process")
    return child


_passed_on: set[int] = set()
_STOP_POLL_S = 0.1


@contextlib.contextmanager
def passing_on(handle: int) -> Iterator[None]:
    """Programs that `run` starts in the block have the file of `handle` open as well: a lock on it is free only when the last of
    them has ended, also where this process is killed.  No effect on Windows."""
    if not _HAS_GATE:
        yield
        return
    _passed_on.add(handle)
    try:
        yield
    finally:
        _passed_on.discard(handle)


@contextlib.contextmanager
def _ended_by(stop: threading.Event | None, child: subprocess.Popen[str]) -> Iterator[None]:
    """While the block runs, end `child` as soon as `stop` is set."""
    if stop is None:
        yield
        return

    def ended() -> bool:
        if not stop.is_set():
            return False
        _end(child)
        return True

    with watching(ended, _STOP_POLL_S):
        yield


@contextlib.contextmanager
def watching(over: Callable[[], bool], every_s: float) -> Iterator[None]:
    """While the block runs, call `over` in a thread of its own, every `every_s` until it says True."""
    left = threading.Event()

    def watch() -> None:
        while not left.wait(every_s) and not over():
            pass

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        left.set()
        watcher.join()


@dataclass(frozen=True)
class _Watchdog:
    """A running watchdog.  `pipe` is a bare handle that nobody closes: the kernel does, with us."""

    pid: int
    pipe: int


_HAS_GATE = os.name == "posix"
_WATCHDOG = Path(__file__).with_name("watchdog.py")
_watchdogs: dict[int, _Watchdog] = {}
"""The watchdog of each process that shares this memory: a fork of ours starts one of its own."""
_watchdog_lock = threading.Lock()


def _gated(words: tuple[str, ...], env: Mapping[str, str] | None, *, input_from: str = "") -> tuple[str, ...]:
    """`words` as a program that begins only when a line on its input says so, and never does when we are gone by then.

    Raises FileNotFoundError where there is no such program.
    """
    if not _HAS_GATE:
        return words
    program = shutil.which(words[0], path=(env or {}).get("PATH"))
    if program is None:
        number = errno.EACCES if Path(words[0]).is_file() else errno.ENOENT
        raise OSError(number, os.strerror(number), words[0])
    redirected = f" <{input_from}" if input_from else ""
    return ("/bin/sh", "-c", f'read -r go && exec "$@"{redirected}', "sh", *words)


def _let_go(child: subprocess.Popen[Any], kind: str) -> None:
    """Tell the watchdog about `child`, a `group` with all that it starts or a `process` alone, and let it begin."""
    if not _HAS_GATE:
        return
    assert child.stdin is not None
    _tell_watchdog(f"+ {kind} {child.pid}")
    with contextlib.suppress(BrokenPipeError):  # it was killed already: whoever waits for it gets the error
        os.write(child.stdin.fileno(), b"go\n")
    if kind == "group":
        child.stdin.close()
        child.stdin = None


def _forget(pid: int) -> None:
    if _HAS_GATE:
        _tell_watchdog(f"- {pid}")


def forget_process(child: subprocess.Popen[bytes]) -> None:
    """To be called once a program of `start` has ended: its number may be given to another."""
    _forget(child.pid)


def _tell_watchdog(line: str) -> None:
    with _watchdog_lock:
        for _ in range(2):
            watchdog = _watchdogs.get(os.getpid()) or _start_watchdog()
            try:
                os.write(watchdog.pipe, f"{line}\n".encode())
                return
            except BrokenPipeError:  # somebody killed it
                os.close(_watchdogs.pop(os.getpid()).pipe)


def _start_watchdog() -> _Watchdog:
    its_end, our_end = os.pipe()
    try:
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", _WATCHDOG],
            stdin=its_end,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
    except BaseException:
        os.close(our_end)
        raise
    finally:
        os.close(its_end)
    child.returncode = 0  # it ends after us: Popen must not warn about that
    return _watchdogs.setdefault(os.getpid(), _Watchdog(child.pid, our_end))


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
