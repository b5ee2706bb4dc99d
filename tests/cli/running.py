"""Running the real `mcu` in a process of its own, and looking at what it left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

TIMEOUT_S = 400.0
OUR_HIDDEN_NAMES = frozenset({".mcu", ".pio", ".gitignore"})
COMMAND = (sys.executable, "-m", "mcu_toolkit")


@dataclass(frozen=True)
class Outcome:
    """What a command printed and its exit code."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def error(self) -> str:
        """stderr from `error:` on: the message, without the progress before it."""
        return self.stderr[self.stderr.index("error:") :].rstrip("\n") if "error:" in self.stderr else ""


def mcu(
    *words: object,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    prefix: tuple[str, ...] = (),
    timeout_s: float = TIMEOUT_S,
) -> Outcome:
    """Run `mcu WORDS` to its end; `env` adds to the environment, `prefix` is a program to put in front."""
    command = [*prefix, *COMMAND, *map(str, words)]
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=timeout_s, check=False
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def unprivileged() -> tuple[str, ...]:
    """A prefix under which permissions count even for root, who may normally read and write everything."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root without setpriv: permissions cannot be tested")
    return ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


def succeed(*words: object, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Outcome:
    """`mcu`, which must end with 0."""
    outcome = mcu(*words, cwd=cwd, env=env)
    assert outcome.exit_code == 0, outcome.stdout + outcome.stderr
    return outcome


def assert_refused(outcome: Outcome, exit_code: int, message: str) -> None:
    """The command ended with `exit_code`, exactly this message, and neither a traceback nor a result."""
    assert outcome.error == message
    assert outcome.exit_code == exit_code
    assert "Traceback" not in outcome.stderr
    assert outcome.stdout == ""


def leftovers(folder: Path) -> list[str]:
    """Files of half-done work below `folder`: hidden ones that are not ours to keep, and empty ones."""
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if ".pio" not in path.relative_to(folder).parts and path.name.startswith(".") and path.name not in OUR_HIDDEN_NAMES
    ]


@contextmanager
def started(*words: object, cwd: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """`mcu WORDS` in a process group of its own, as a shell starts it; killed at the end if it still runs."""
    with tempfile.TemporaryFile("w+") as output:
        child = subprocess.Popen(
            [*COMMAND, *map(str, words)], cwd=cwd, stdout=output, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        try:
            yield child
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            assert child.stderr is not None
            child.stderr.close()


def wait_for_line(child: subprocess.Popen[str], marker: str) -> str:
    """Read stderr up to the line that holds `marker`; returns all of it."""
    assert child.stderr is not None
    seen = ""
    for line in child.stderr:
        seen += line
        if marker in line:
            return seen
    raise AssertionError(f"no '{marker}' in:\n{seen}")


def interrupt(child: subprocess.Popen[str]) -> str:
    """Ctrl-C for the whole process group, then the rest of stderr; the child has ended."""
    os.killpg(child.pid, signal.SIGINT)
    assert child.stderr is not None
    rest = child.stderr.read()
    child.wait(timeout=60)
    return rest


def processes_naming(text: str) -> list[str]:
    """Command lines of the running processes that have `text` in them."""
    return [words for _, words in _processes() if text in words]


def gone_after(text: str, patience_s: float = 5.0) -> list[str]:
    """`processes_naming` once they had a moment to end."""
    return _once_empty(lambda: processes_naming(text), patience_s)


def at_work_below(folder: Path) -> set[int]:
    """Numbers of the processes whose working directory is `folder` or below: boards that run, for one."""
    return {pid for pid, _ in _processes() if _belongs(pid, None, folder)}


def children_left_by(
    child: subprocess.Popen[str], folder: Path, patience_s: float = 5.0, *, other_than: Collection[int] = frozenset()
) -> list[str]:
    """Processes of the group of `child` or at work below `folder`, once they had a moment to end: interpreters, PlatformIO, compilers."""

    def found() -> list[str]:
        return [line for pid, line in _processes() if pid not in other_than and _belongs(pid, child.pid, folder)]

    return _once_empty(found, patience_s)


def _once_empty(found: Callable[[], list[str]], patience_s: float) -> list[str]:
    deadline_s = time.monotonic() + patience_s
    while found() and time.monotonic() < deadline_s:
        time.sleep(0.05)
    return found()


def _belongs(pid: int, group: int | None, folder: Path) -> bool:
    try:
        return pid != os.getpid() and (os.getpgid(pid) == group or Path(f"/proc/{pid}/cwd").readlink().is_relative_to(folder))
    except OSError:  # it has just ended, or is not ours to look at
        return False


def _processes() -> Iterator[tuple[int, str]]:
    """(number, command line) of everything that runs; a process that ended and waits for its parent has no command line."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if words:
            yield int(path.parent.name), words
