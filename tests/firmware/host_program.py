"""A generated project of the board `host`, compiled by gcc without PlatformIO, and what its application says."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from mcu_toolkit.device.sensor import Recording, sensor_file

_SENSOR = "mcu-sensor-recording"
_TIMEOUT_S = 60.0
_OURS = (b"app: ", b"heard: ", b"felt: ")


def compile_project(project: Path, *flags: str) -> Path:
    """The program; warnings are errors."""
    program = project / "program"
    sources = sorted(map(str, (project / "src").glob("*.c")))
    warnings = ["-Wall", "-Wextra", "-Werror"]
    command = ["gcc", "-std=c99", "-O1", *warnings, *flags, "-Wl,--wrap=main", f"-I{project / 'src'}", *sources, "-lpthread", "-o", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return program


def lines_of(program: Path, recording: Recording, folder: Path, *, until: str, ticks_per_s: int = 0) -> list[str]:
    """What the application prints on a recording, up to the first line that begins with `until`; 0 ticks: all at once."""
    (folder / _SENSOR).write_bytes(sensor_file(recording, ticks_per_s))
    running = subprocess.Popen([program], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    said: list[str] = []
    deadline_s = time.monotonic() + _TIMEOUT_S
    assert running.stdout is not None
    assert running.stdin is not None
    try:
        while time.monotonic() < deadline_s:
            line = running.stdout.readline()
            assert line, f"the program ended: {said}"
            at = max(line.rfind(mark) for mark in _OURS)
            if at >= 0:
                said.append(line[at:].decode().rstrip("\n"))
                if said[-1].startswith(until):
                    return said
        raise AssertionError(f"not heard in {_TIMEOUT_S:g} s: {until}; {said}")
    finally:
        running.kill()
        running.stdin.close()
        running.stdout.close()
        running.wait()
