"""Ports of another machine: socket:// and rfc2217://, each with a real server on loopback and the real command loop behind it."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial
from serial import rfc2217

from mcu_toolkit.device import Client, open_port
from mcu_toolkit.errors import DeviceError
from tests.device.fakes import QUICK, FakeDevice
from tests.device.test_client import mix_samples
from tests.firmware_c.model_device import mix


class _Connection:
    """What PortManager writes its answers to."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def write(self, data: bytes) -> None:
        self._end.sendall(data)


def _serve(server: socket.socket, port: serial.Serial, stop: threading.Event) -> None:
    """One client: bytes both ways, Telnet options answered, until either side is gone."""
    with contextlib.suppress(OSError), server.accept()[0] as end:
        manager = rfc2217.PortManager(port, _Connection(end))
        while not stop.is_set():
            ready, _, _ = select.select([end, port.fileno()], [], [], 0.05)
            if end in ready:
                data = end.recv(4096)
                if not data:
                    return
                port.write(b"".join(manager.filter(data)))
            if port.fileno() in ready:
                end.sendall(b"".join(manager.escape(port.read(4096))))


@contextlib.contextmanager
def rfc2217_server(device: FakeDevice) -> Iterator[str]:
    """pyserial's own server of a port, on loopback; yields the URL."""
    stop = threading.Event()
    # Not a pseudo-terminal: the server looks at modem lines, which those have none of.
    with serial.serial_for_url(device.tcp_url(), timeout=0) as port, socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, port, stop))
        thread.start()
        try:
            yield f"rfc2217://127.0.0.1:{server.getsockname()[1]}?ign_set_control"
        finally:
            stop.set()
            thread.join()


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial 3.5
def test_a_board_behind_an_rfc2217_server_runs_models(fake_device: Path) -> None:
    samples = mix_samples(20)
    with FakeDevice(fake_device) as device, rfc2217_server(device) as url, Client(open_port(url, 115_200), timing=QUICK) as client:
        assert client.name == url
        assert [result.output for result in client.infer_many(samples)] == [mix(sample) for sample in samples]
        assert client.status().invocations == len(samples)


def test_a_board_behind_a_tcp_port_runs_models(fake_device: Path) -> None:
    samples = mix_samples(20)
    with FakeDevice(fake_device) as device, Client(open_port(device.tcp_url(), 115_200), timing=QUICK) as client:
        assert [result.output for result in client.infer_many(samples)] == [mix(sample) for sample in samples]


@pytest.mark.parametrize("scheme", ["socket", "rfc2217"])
def test_a_server_that_is_not_there_is_a_device_error(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    with pytest.raises(DeviceError, match=f"{scheme}://127.0.0.1:{free}"):
        open_port(f"{scheme}://127.0.0.1:{free}", 115_200)
