"""Running other programs: time limits hold, output arrives, nothing is left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mcu_toolkit.errors import ToolError
from mcu_toolkit.system import process
from mcu_toolkit.system.process import require_tool, run


def python(code: str) -> list[str]:
    return [sys.executable, "-u", "-c", code]


@pytest.mark.parametrize("with_lines", [False, True])
def test_a_program_that_hangs_is_ended_at_its_time_limit(with_lines: bool, tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    code = f"import time, pathlib\nprint('started')\ntime.sleep(20)\npathlib.Path({str(alive)!r}).touch()"
    begun_s = time.monotonic()
    with pytest.raises(ToolError, match="did not finish within 1 s"):
        run(python(code), timeout_s=1.0, on_line=(lambda line: None) if with_lines else None)
    assert time.monotonic() - begun_s < 15
    assert not alive.exists()


def test_lines_arrive_one_by_one_and_the_output_is_whole() -> None:
    lines: list[str] = []
    completed = run(python("import sys\nprint('one')\nprint('two', file=sys.stderr)\nsys.exit(4)"), on_line=lines.append, timeout_s=60)
    assert lines == ["one", "two"]
    assert (completed.exit_code, completed.output) == (4, "one\ntwo\n")


def test_a_missing_program_is_named_with_what_to_do() -> None:
    with pytest.raises(ToolError, match="program 'no-such-tool' not found on PATH") as missing:
        require_tool("no-such-tool", hint="sudo apt-get install it")
    assert missing.value.exit_code == 3
    assert "sudo apt-get install it" in str(missing.value)


def test_a_program_that_cannot_be_started_is_a_tool_error(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="cannot be started"):
        run([tmp_path / "nothing"])


def is_running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[:1]
    except OSError:
        return False


def gone(pids: list[int], patience_s: float = 20.0) -> bool:
    deadline_s = time.monotonic() + patience_s
    while any(map(is_running, pids)) and time.monotonic() < deadline_s:
        time.sleep(0.05)
    return not any(map(is_running, pids))


STARTS = {
    "run": "process.run([sys.executable, '-c', tree])",
    "lines": "process.run([sys.executable, '-c', tree], on_line=print, timeout_s=300)",
    "start": "process.start([sys.executable, '-c', tree], stderr=open(os.devnull, 'wb')); time.sleep(300)",
    "thread": "t = threading.Thread(target=process.run, args=([sys.executable, '-c', tree],)); t.start(); t.join()",
}


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("way", STARTS)
@pytest.mark.parametrize("deaf", [False, True])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_what_we_started_dies_with_us_whatever_kills_us(way: str, deaf: bool, number: int, tmp_path: Path) -> None:
    """Its children too (a build's compilers), also where they do not listen to SIGTERM."""
    children = 0 if way == "start" else 1
    tree = (
        f"import os, signal, subprocess, sys, time, pathlib\n{'signal.signal(signal.SIGTERM, signal.SIG_IGN)' if deaf else ''}\n"
        f"found = [subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)']).pid for _ in range({children})]\n"
        f"partial = pathlib.Path({str(tmp_path / 'partial')!r}); partial.write_text(' '.join(map(str, [os.getpid(), *found])))\n"
        f"partial.rename({str(tmp_path / 'pids')!r})\ntime.sleep(300)"
    )
    code = f"import os, sys, threading, time\nfrom mcu_toolkit.system import process\ntree = {tree!r}\n{STARTS[way]}"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL) as watched:
        deadline_s = time.monotonic() + 60
        while not (tmp_path / "pids").exists():
            assert time.monotonic() < deadline_s, "it never began"
            time.sleep(0.02)
        pids = [int(word) for word in (tmp_path / "pids").read_text().split()]
        assert all(map(is_running, pids))
        watched.send_signal(number)
    assert gone(pids)


def test_what_was_about_to_begin_does_not_begin_without_us(tmp_path: Path) -> None:
    """Killed between the start of a program and its first line to the watchdog."""
    code = (
        "import os\nfrom mcu_toolkit.system import process\nprocess._tell_watchdog = lambda line: os.kill(os.getpid(), 9)\n"
        f"process.run(['touch', {str(tmp_path / 'began')!r}])"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    time.sleep(0.5)
    assert not (tmp_path / "began").exists()


def test_a_watchdog_that_was_killed_is_replaced() -> None:
    run(["true"])
    os.kill(process._watchdogs[os.getpid()].pid, signal.SIGKILL)
    time.sleep(0.2)
    assert run(["echo", "said"]).output == "said\n"


def test_a_program_gets_its_words_as_they_are_and_no_input() -> None:
    words = ["a b", "$HOME", "'\"`id`", "*", "", "-n", "x\ny"]
    done = run(python("import sys; print(repr(sys.argv[1:]), repr(sys.stdin.read()))") + words)
    assert done.output == f"{words!r} ''\n"
