"""Every way in which a port can fail to open, and to stay open, has words of its own."""

from __future__ import annotations

import errno
import os
import pty
import socket
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from mcu_toolkit.device import open_port, refuse_no_port
from mcu_toolkit.errors import DeviceError, InputError


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """A pseudo-terminal: the device's end, the path to open."""
    device_end, port_end = pty.openpty()
    tty.setraw(port_end)
    yield device_end, os.ttyname(port_end)
    os.close(port_end)
    os.close(device_end)


def test_a_pseudo_terminal_carries_every_byte_both_ways(terminal: tuple[int, str]) -> None:
    device_end, path = terminal
    link = open_port(path, 115200)
    everything = bytes(range(256))
    os.write(device_end, everything)
    received = b""
    while len(received) < 256:
        received += link.read(1.0)
    assert received == everything
    link.write(everything)
    assert os.read(device_end, 1000) == everything
    assert link.read(0.0) == b""
    assert link.read(0.02) == b""
    assert (link.name, link.bytes_per_s) == (path, 11520.0)
    link.close()
    link.close()


def test_an_absent_port(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="the port is absent") as caught:
        open_port(str(tmp_path / "ttyNONE"), 115200)
    assert caught.value.exit_code == 3
    assert "mcu doctor" in str(caught.value)


def test_a_busy_port(terminal: tuple[int, str]) -> None:
    link = open_port(terminal[1], 115200)
    with pytest.raises(DeviceError, match="the port is busy: another program has it open"):
        open_port(terminal[1], 115200)
    link.close()
    open_port(terminal[1], 115200).close()


def test_a_port_without_permission(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Tests may run as root, who may open everything: pyserial's own exception, raised by hand.
    def refuse(*_: object, **__: object) -> None:
        raise serial.SerialException(errno.EACCES, "could not open port /dev/ttyACM0: Permission denied")

    monkeypatch.setattr(serial, "serial_for_url", refuse)
    with pytest.raises(DeviceError, match="no permission to open the port") as caught:
        open_port(str(tmp_path / "ttyACM0"), 115200)
    assert "usermod -aG dialout" in str(caught.value)
    assert "udev" in str(caught.value)


def test_a_file_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no tty")
    with pytest.raises(DeviceError, match="is not a serial port"):
        open_port(str(tmp_path / "file"), 115200)


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero", "/dev/full", "/"])
def test_what_else_is_a_file_is_no_port(path: str) -> None:
    with pytest.raises(DeviceError, match="is not a serial port") as caught:
        open_port(path, 115200)
    assert caught.value.exit_code == 3
    with pytest.raises(DeviceError, match="is not a serial port"):
        refuse_no_port(path)


_NO_URL = [
    "nonsense://x", "socket://", "socket://host", "socket://127.0.0.1", "socket://:5000", "socket://127.0.0.1:0", "socket://127.0.0.1:abc",
    "socket://127.0.0.1:99999", "socket://[::1", "rfc2217://", "rfc2217://host", "rfc2217://127.0.0.1:9?x=y", "loop://?nonsense=1",
    "socket://127.0.0.1:9?logging=nonsense", "alt:///dev/null?class=Nope", "://", "cp2110://0",
]  # fmt: skip


@pytest.mark.parametrize("url", _NO_URL)
def test_a_url_that_makes_no_sense(url: str) -> None:
    with pytest.raises((InputError, DeviceError), match="cannot be opened: ") as caught:
        open_port(url, 115200)
    assert caught.value.on == url
    for raw in ("debug|info", "NoneType", "expected a string", "unknown option", "Could not", "invalid URL"):
        assert raw not in str(caught.value), "pyserial's own words"


def test_a_machine_that_nobody_knows() -> None:
    with pytest.raises(DeviceError, match=r"cannot be opened: .*(no machine has that name|cannot be looked up)"):
        open_port("socket://no-such-machine.invalid:5000", 115200)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(DeviceError, match=r"cannot be opened: .*refused"):
        open_port(f"socket://127.0.0.1:{port}", 115200)


def test_a_port_that_vanishes() -> None:
    device_end, port_end = pty.openpty()
    link = open_port(os.ttyname(port_end), 115200)
    os.close(port_end)
    os.close(device_end)
    with pytest.raises(DeviceError, match="the port vanished while it was in use"):
        link.read(0.1)
    with pytest.raises(DeviceError, match="the port vanished while it was in use"):
        link.read(0.0)
    with pytest.raises(DeviceError, match="the port vanished while it was in use"):
        link.write(b"x")
    link.close()


def test_a_port_that_takes_nothing(monkeypatch: pytest.MonkeyPatch, terminal: tuple[int, str]) -> None:
    monkeypatch.setattr("mcu_toolkit.device.link._WRITE_TIMEOUT_S", 0.05)
    link = open_port(terminal[1], 115200)
    with pytest.raises(DeviceError, match="the port took no bytes for"):
        link.write(bytes(1_000_000))
    link.close()
