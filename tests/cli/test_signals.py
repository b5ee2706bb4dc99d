"""Ctrl-C at the moments that Python makes difficult: the exit code is 130 or the command's own, and there is no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PRESS = "os.kill(os.getpid(), signal.SIGINT)"
COMMANDS = {
    "in-generated-code": (130, f"exec({PRESS + '; time.sleep(9)'!r})"),  # as dataclasses make methods
    "in-a-callback": (130, "thing = Thing(); watch = weakref.ref(thing, press); del thing; time.sleep(9)"),
    "in-a-library-that-goes-on": (130, f"exec({f'try: {PRESS}; time.sleep(9)'!r} + chr(10) + 'except BaseException: pass')"),
    "twice": (130, f"exec({f'try: {PRESS}; time.sleep(9)'!r} + chr(10) + 'finally: ' + {PRESS!r})"),
    "after-the-command": (0, "atexit.register(press)"),
    "while-python-ends": (0, "sys.modules[__name__].kept = Thing()"),
    "after-a-failure": (1, "atexit.register(press); sys.exit(1)"),
}


@pytest.mark.parametrize("case", COMMANDS)
def test_every_moment(case: str, here: Path) -> None:
    expected, body = COMMANDS[case]
    program = f"""
import atexit, os, signal, sys, time, weakref
from mcu_toolkit.cli.errors import exit_code_of

class Thing:
    def __del__(self, kill=os.kill, pid=os.getpid()):
        kill(pid, 2 if {case == "while-python-ends"} else 0)

def press(*_):
    {PRESS}
    for _ in range(100): pass

def command():
    {body}

sys.exit(exit_code_of(command))
"""
    (here / "program.py").write_text(program)
    done = subprocess.run([sys.executable, "-m", "program"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == expected, done.stderr
    assert "Traceback" not in done.stderr
    assert ("interrupted: what was finished is kept" in done.stderr) == (expected == 130)
