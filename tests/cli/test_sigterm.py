"""SIGTERM ends a command within two seconds at every moment, with exit code 143, and leaves nothing running.

The times are measured on a machine that may have much else to do: what is held here is a little more.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mcu_toolkit.cli import deadline
from tests.cli import ports
from tests.cli.running import children_left_by, gone_after, started, succeed, wait_for_line

_PROMISED_S = 2.0
_SLACK_S = 6.0
_DEAF = """
import time
from mcu_toolkit.cli.errors import exit_code_of

def deaf():
    while True:
        try:
            print("deaf", flush=True)  # within: whoever has read it may interrupt at once
            time.sleep(100)
        except KeyboardInterrupt:
            pass

exit_code_of(deaf)
"""


def terminate(child: subprocess.Popen[str]) -> str:
    """SIGTERM for the command alone, as a service manager sends it; the rest of stderr."""
    begun_s = time.monotonic()
    child.send_signal(signal.SIGTERM)
    child.wait(timeout=60)
    assert time.monotonic() - begun_s < _PROMISED_S + _SLACK_S
    assert child.returncode == 128 + signal.SIGTERM
    assert child.stderr is not None
    return child.stderr.read()


def test_the_time_to_wind_up_is_within_what_is_promised() -> None:
    assert deadline._GRACE_S < _PROMISED_S - 0.5


def test_a_command_that_hears_nothing_ends_too() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _DEAF], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "deaf\n"
            assert "ended by SIGTERM" in terminate(child)
        finally:
            child.kill()


_FILL = """
import os
os.set_blocking(2, False)
try:
    while os.write(2, bytes(4096)):
        pass
except BlockingIOError:
    os.set_blocking(2, True)
"""


def test_a_command_whose_messages_nobody_reads_ends_too() -> None:
    """A pipe that is full would keep whoever writes into it, and the reader may have stopped for good."""
    with subprocess.Popen(
        [sys.executable, "-c", _FILL + _DEAF], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "deaf\n"
            child.send_signal(signal.SIGTERM)
            assert child.wait(timeout=60) == 128 + signal.SIGTERM
        finally:
            child.kill()


@pytest.mark.slow
def test_while_a_board_does_not_answer(tiny: Path) -> None:
    with ports.port_answering(ports.silence) as port, started("verify", tiny, "--port", port) as child:
        wait_for_line(child, "-- asking")
        time.sleep(0.3)
        assert "Traceback" not in terminate(child)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "marker"),
    [
        (("build", "p"), "-- building"),
        (("flash", "p"), "-- flashing"),
        (("deploy", "tiny.tflite", "--board", "netduinoplus2", "-o", "out"), "-- validating"),
        pytest.param(("deploy", "tiny.tflite", "--board", "netduinoplus2", "-o", "out"), "-- building", marks=pytest.mark.nightly),
        pytest.param(("deploy", "tiny.tflite", "--board", "netduinoplus2", "-o", "out"), "-- flashing", marks=pytest.mark.nightly),
    ],
)
@pytest.mark.parametrize("delay_s", [0.0, pytest.param(0.7, marks=pytest.mark.nightly), pytest.param(1.5, marks=pytest.mark.nightly)])
def test_in_mid_work(words: tuple[str, ...], marker: str, delay_s: float, tiny: Path, here: Path, boards: Path) -> None:
    if words[1] == "p":
        succeed("generate", tiny, "--board", "netduinoplus2", "-o", "p")
    with started(*words) as child:
        wait_for_line(child, marker)
        time.sleep(delay_s)
        if child.poll() is None:
            assert "Traceback" not in terminate(child)
    assert gone_after(str(boards)) == [] or child.returncode == 0
    assert children_left_by(child, here) == [] or child.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "marker"), [(("verify", "p", "--random", "100000"), "-- running"), (("monitor", "-b", "host"), "-- listening")]
)
def test_while_a_board_runs(words: tuple[str, ...], marker: str, tiny: Path) -> None:
    succeed("generate", tiny, "--board", "host", "-o", "p")
    succeed("flash", "p")
    with started(*words) as child:
        wait_for_line(child, marker)
        assert "Traceback" not in terminate(child)
    succeed("verify", "p")  # the board is still there, and no longer in use
