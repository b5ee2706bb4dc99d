"""Which port a real board may be on."""

from __future__ import annotations

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.device import PortFacts
from mcu_toolkit.errors import InputError
from mcu_toolkit.pipeline.proof import device

PORTS = (
    PortFacts("/dev/ttyACM0", "something else", "1234:0001", None),
    PortFacts("/dev/ttyACM1", "Nano 33 BLE", "2341:805a", None),
    PortFacts("/dev/ttyS0", "no USB", None, None),
)


def hint_for(board: str, monkeypatch: pytest.MonkeyPatch) -> str | None:
    monkeypatch.setattr(device, "serial_ports", lambda: PORTS)
    with pytest.raises(InputError, match="no serial port given") as caught:
        device.port_of(load_board(board), None)
    return caught.value.hint


def test_the_only_port_with_the_boards_usb_id_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "serial_ports", lambda: PORTS)
    assert device.port_of(load_board("nano33ble"), None) == "/dev/ttyACM1"


def test_of_two_boards_none_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    twins = (*PORTS, PortFacts("/dev/ttyACM2", "Nano 33 BLE", "2341:805a", None))
    monkeypatch.setattr(device, "serial_ports", lambda: twins)
    with pytest.raises(InputError, match="no serial port given") as caught:
        device.port_of(load_board("nano33ble"), None)
    assert caught.value.hint == "--port /dev/ttyACM1; 2 ports have the USB id of such a board"


def test_without_one_nothing_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hint_for("pico", monkeypatch) == "mcu doctor lists the ports"
    assert hint_for("esp32dev", monkeypatch) == "mcu doctor lists the ports", "it has no USB of its own"
