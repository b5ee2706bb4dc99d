"""The emulator bridge: starting, replacing, resetting and every way it can end."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import serial

from mcu_toolkit.boards import load_board
from mcu_toolkit.device.emulator import Emulator, find_emulator, state_dir
from mcu_toolkit.errors import DeviceError
from tests.platforms.echo_project import FLASH_SCRIPT, EchoBoard, compile_host_echo, make_echo_project, run_flash_script


@pytest.fixture(scope="module")
def host_echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder with the echo firmware for this machine, compiled: `firmware.elf`."""
    folder = tmp_path_factory.mktemp("host") / "project"
    compile_host_echo(folder)
    return folder


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An own state folder; whatever was started in it is stopped."""
    folder = tmp_path / "state"
    monkeypatch.setenv("MCU_STATE_DIR", str(folder))
    yield folder
    if folder.is_dir():
        for board in folder.iterdir():
            Emulator(board.name, board).stop()


def _start(project: Path) -> Emulator:
    flashed = run_flash_script(project, "host", project / "firmware.elf")
    assert flashed.returncode == 0, flashed.stderr
    emulator = find_emulator("host")
    assert emulator is not None
    return emulator


def _gone(pid: int, timeout_s: float = 10.0) -> bool:
    """True once the process has ended (a zombie nobody has buried yet has ended, too)."""
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_a_board_that_was_never_flashed_is_not_found() -> None:
    assert find_emulator("host") is None


def test_flash_prints_the_port_and_the_board_answers_on_it(host_echo: Path) -> None:
    flashed = run_flash_script(host_echo, "host", host_echo / "firmware.elf")
    board = EchoBoard.open("host")
    assert flashed.stdout.strip().endswith(f"serial port: {board.emulator.tty}")
    board.port.write(b"hello")
    assert board.port.read(5) == b"hello"
    board.close()


def test_stop_ends_everything_and_may_be_repeated(host_echo: Path) -> None:
    emulator = _start(host_echo)
    pids = emulator.process_ids()
    emulator.stop()
    assert find_emulator("host") is None
    assert [_gone(pid) for pid in pids] == [True, True]
    assert not [name for name in ("tty", "control", "pid") if os.path.lexists(emulator.folder / name)]
    emulator.stop()


def test_flashing_again_replaces_the_running_board(host_echo: Path) -> None:
    first = _start(host_echo)
    port = serial.Serial(first.tty, timeout=5)
    bridge, machine = first.process_ids()
    second = _start(host_echo)
    assert _gone(bridge)
    assert _gone(machine)
    with pytest.raises(serial.SerialException):
        port.read(1000)  # more than the former board ever sent, and it has gone
    port.close()
    assert second.process_ids() != (bridge, machine)


def test_flashing_twice_at_once_leaves_one_board(host_echo: Path) -> None:
    with ThreadPoolExecutor(max_workers=3) as pool:
        results = list(pool.map(lambda _: run_flash_script(host_echo, "host", host_echo / "firmware.elf"), range(3)))
    assert [result.returncode for result in results] == [0, 0, 0], [result.stderr for result in results]
    board = EchoBoard.open("host")
    bridges = subprocess.run(["pgrep", "-f", f"bridge.py {board.emulator.folder}"], capture_output=True, text=True, check=False)
    assert bridges.stdout.split() == [str(board.emulator.process_ids()[0])]
    board.close()


def test_output_is_kept_until_somebody_reads_it(host_echo: Path) -> None:
    emulator = _start(host_echo)
    handle = os.open(emulator.tty, os.O_RDWR | os.O_NOCTTY)
    try:
        assert os.read(handle, 100) == b"echo host\n"  # sent before the port was opened
    finally:
        os.close(handle)


def test_a_board_that_is_not_read_is_pushed_back_and_loses_nothing(host_echo: Path) -> None:
    emulator = _start(host_echo)
    handle = os.open(emulator.tty, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    data = b"0123456789" * 1000
    written = 0
    idle_since_s = time.monotonic()
    while time.monotonic() < idle_since_s + 1.0:  # until nothing has been taken for a second
        try:
            written += os.write(handle, data[written % 10 :])
            idle_since_s = time.monotonic()
        except BlockingIOError:
            time.sleep(0.01)
        assert written < 20_000_000, "nobody pushes back"
    received = bytearray()
    deadline_s = time.monotonic() + 30
    while len(received) < written + len(b"echo host\n") and time.monotonic() < deadline_s:
        try:
            received += os.read(handle, 65536)
        except BlockingIOError:
            time.sleep(0.005)
    os.close(handle)
    assert received.startswith(b"echo host\n0123456789")
    body = received.removeprefix(b"echo host\n")
    assert len(body) == written > 1 << 20
    assert body == (b"0123456789" * (written // 10 + 1))[:written]


def test_a_killed_bridge_takes_its_emulator_along_and_is_replaced(host_echo: Path) -> None:
    emulator = _start(host_echo)
    bridge, machine = emulator.process_ids()
    os.kill(bridge, signal.SIGKILL)
    assert _gone(machine)
    assert find_emulator("host") is None
    with pytest.raises(DeviceError, match="cannot be reset"):
        emulator.reset()
    emulator.stop()  # stale pid file, socket and link are no obstacle
    assert _start(host_echo).is_running()


def test_a_killed_emulator_ends_the_port_and_is_named(host_echo: Path) -> None:
    _start(host_echo)
    board = EchoBoard.open("host")
    bridge, machine = board.emulator.process_ids()
    os.kill(machine, signal.SIGKILL)
    with pytest.raises(serial.SerialException):
        board.port.read(1)
    assert _gone(bridge)
    assert "SIGKILL" in str(board.emulator.dead())
    board.close()


def test_terminating_the_bridge_leaves_nothing_behind(host_echo: Path) -> None:
    emulator = _start(host_echo)
    bridge, machine = emulator.process_ids()
    os.kill(bridge, signal.SIGTERM)
    assert _gone(bridge)
    assert _gone(machine)
    assert not os.path.lexists(emulator.folder / "tty")


def test_a_stale_process_id_is_not_believed(host_echo: Path, state: Path) -> None:
    folder = state / "host"
    folder.mkdir(parents=True)
    innocent = subprocess.Popen(["sleep", "60"])
    (folder / "pid").write_text(f"{innocent.pid}\n")
    (folder / "tty").symlink_to("/dev/null")
    assert find_emulator("host") is None
    assert _start(host_echo).is_running()
    assert innocent.poll() is None
    innocent.kill()
    innocent.wait()


def test_a_bridge_that_hangs_is_replaced_too(host_echo: Path) -> None:
    bridge, machine = _start(host_echo).process_ids()
    os.kill(bridge, signal.SIGSTOP)
    assert _start(host_echo).is_running()
    assert _gone(bridge)
    assert _gone(machine)


def test_a_board_whose_folder_was_removed_ends_by_itself(host_echo: Path) -> None:
    emulator = _start(host_echo)
    pids = emulator.process_ids()
    shutil.rmtree(emulator.folder)
    assert [_gone(pid, timeout_s=15) for pid in pids] == [True, True]


def test_a_folder_too_deep_for_a_socket_works_all_the_same(host_echo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    monkeypatch.setenv("MCU_STATE_DIR", str(deep))
    _start(host_echo)
    board = EchoBoard.open("host")
    board.port.write(b"deep")
    assert board.port.read(4) == b"deep"
    board.close()


def test_an_unknown_command_is_refused(host_echo: Path) -> None:
    emulator = _start(host_echo)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(emulator.folder / "control"))
        connection.sendall(b"explode\n")
        answer = json.loads(connection.makefile().readline())
    assert answer == {"ok": False, "error": "unknown command 'explode'"}
    assert emulator.is_running()


def test_a_silent_control_connection_does_not_stop_the_board(host_echo: Path) -> None:
    _start(host_echo)
    board = EchoBoard.open("host")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(board.emulator.folder / "control"))
        board.port.write(b"on")
        assert board.port.read(2) == b"on"
    board.close()


@pytest.mark.parametrize("variables", [{"MCU_STATE_DIR": "/tmp/x/y"}, {"XDG_STATE_HOME": "/tmp/xdg"}, {}])
def test_the_script_and_the_package_agree_on_the_state_folder(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MCU_STATE_DIR", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    code = "import state; print(state.base_folder())"
    script = subprocess.run([sys.executable, "-c", code], cwd=FLASH_SCRIPT.parent, capture_output=True, text=True, check=True)
    assert script.stdout.strip() == str(state_dir())


def test_a_folder_locked_by_somebody_else_is_said(host_echo: Path, state: Path) -> None:
    folder = state / "host"
    folder.mkdir(parents=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = run_flash_script(host_echo, "host", host_echo / "firmware.elf")
    assert refused.returncode == 1
    assert "locked by a process that is not its emulator" in refused.stderr


def test_a_state_folder_that_cannot_be_made_is_said(host_echo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MCU_STATE_DIR", str(tmp_path / "file" / "state"))
    refused = run_flash_script(host_echo, "host", host_echo / "firmware.elf")
    assert refused.returncode == 1
    assert "set MCU_STATE_DIR" in refused.stderr


LOCKUP_C = """
typedef unsigned word;
/* Resets to an address that cannot be executed; the HardFault handler cannot either: the core locks up. */
__attribute__((section(".vectors"), used)) const word vectors[16] = {0x20001000, 0xE0000001, 0, 0xE0000001};
"""


def test_a_core_that_locks_up_is_an_emulator_that_died(tmp_path: Path) -> None:
    folder = make_echo_project(load_board("netduinoplus2"), tmp_path / "project").folder
    source, image = folder / "lockup.c", folder / "firmware.elf"
    source.write_text(LOCKUP_C)
    flags = ["-mcpu=cortex-m4", "-mthumb", "-nostdlib", "-Wl,-Ttext=0x08000000", "-Wl,--section-start=.vectors=0x08000000", "-Wl,-e,0"]
    subprocess.run(["arm-none-eabi-gcc", *flags, source, "-o", image], check=True)
    flashed = run_flash_script(folder, "netduinoplus2", image)  # may or may not see it die
    emulator = Emulator("netduinoplus2", state_dir() / "netduinoplus2")
    deadline_s = time.monotonic() + 10
    while emulator.is_running() and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert "SIGABRT" in str(emulator.dead()), flashed
    assert "Lockup" in emulator.log_tail(100)


def test_a_link_in_the_place_of_a_boards_folder_is_refused_and_not_followed(host_echo: Path, state: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    state.mkdir(exist_ok=True)
    (state / "host").symlink_to(victim)
    refused = run_flash_script(host_echo, "host", host_echo / "firmware.elf")
    (state / "host").unlink()
    assert refused.returncode == 1
    assert "is a link or belongs to another user" in refused.stderr
    assert list(victim.iterdir()) == []


def test_a_boards_folder_is_closed_for_others(host_echo: Path, state: Path) -> None:
    (state / "host").mkdir(0o755, parents=True)
    _start(host_echo).stop()
    assert (state / "host").stat().st_mode & 0o077 == 0
