"""Turns on boards: one job at a time, in whichever process, for as long as anything of it runs."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import DeviceError, ToolError
from mcu_toolkit.pipeline.workspace import turns
from mcu_toolkit.pipeline.workspace.locks import board_in_use, key_of_port
from mcu_toolkit.pipeline.workspace.turns import turn_on

BOARD = load_board("nano33ble")


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCU_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def ports() -> Iterator[list[str]]:
    """Two ports that exist."""
    handles = [pty.openpty() for _ in range(2)]
    yield [os.ttyname(own) for _, own in handles]
    for pair in handles:
        for handle in pair:
            os.close(handle)


def take(ports: list[str], wait_limit_s: float = 0.2) -> str:
    with turn_on(BOARD, lambda: ports, wait_limit_s, lambda text: None) as port:
        return port


def test_each_turn_takes_a_board_that_is_free(ports: list[str]) -> None:
    with turn_on(BOARD, lambda: ports, 1, print) as first, turn_on(BOARD, lambda: ports, 1, print) as second:
        assert [first, second] == ports
        told: list[str] = []
        with pytest.raises(ToolError, match=r"the board was in use for 0\.2 s"), turn_on(BOARD, lambda: ports, 0.2, told.append):
            pass
        assert told == ["waiting for nano33ble"]
    assert take(ports) == ports[0]


def test_a_command_that_takes_no_turns_is_waited_for(ports: list[str]) -> None:
    with board_in_use(BOARD, ports[0]):
        assert take(ports) == ports[1]
        with pytest.raises(ToolError, match="in use"):
            take(ports[:1])
    assert take(ports) == ports[0]


def test_a_board_that_is_gone_ends_in_an_error_in_time(ports: list[str], tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="the board is not there"):
        take([str(tmp_path / "ttyACM9")])
    assert take([str(tmp_path / "ttyACM9"), ports[1]]) == ports[1]


def test_a_board_that_usb_finds_again_is_waited_for(ports: list[str]) -> None:
    begun_s = time.monotonic()

    def find() -> list[str]:
        return ports if time.monotonic() - begun_s > 0.3 else []

    with turn_on(BOARD, find, 5, print) as port:
        assert port == ports[0]


def test_a_port_has_one_key_from_every_folder(ports: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = tmp_path / "board"
    link.symlink_to(ports[0])
    url = "rfc2217://127.0.0.1:4000"
    before = key_of_port(url)
    monkeypatch.chdir(tmp_path)
    assert key_of_port(url) == before
    assert key_of_port("board") == key_of_port(ports[0]) != key_of_port(ports[1])


HOLDER = """
import sys
from mcu_toolkit.boards import load_board
from mcu_toolkit.pipeline.workspace.turns import turn_on
from mcu_toolkit.system.process import run
with turn_on(load_board("nano33ble"), lambda: sys.argv[1:2], 1, print):
    run([sys.executable, "-c", sys.argv[2]], on_line=lambda line: print(line, flush=True))
"""
FLASHING_TOOL = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("flashing", flush=True)
time.sleep(60)
"""


def test_while_the_flashing_tool_of_a_killed_job_runs_nobody_else_gets_the_board(ports: list[str]) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, ports[0], FLASHING_TOOL], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "flashing\n"
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        held_until_s = 0.0
        deadline_s = time.monotonic() + 20
        while time.monotonic() < deadline_s:
            handle = turns._take(ports[0])
            if handle is not None:
                os.close(handle)
                break
            held_until_s = time.monotonic()
            time.sleep(0.02)
        assert held_until_s > 0, "the tool ran on, and the board was free"
        assert holder.stdout.read() == "", "the pipe is closed: the tool has ended before the board became free"
