"""Serial ports that are there, without opening any."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

from mcu_toolkit.device.port_errors import permission_hint


@dataclass(frozen=True)
class PortFacts:
    """A serial port of this machine."""

    path: str
    description: str
    usb_id: str | None
    """`2341:805a` (vendor:product), None for a port that is not on USB."""
    permission_hint: str | None
    """What to do about missing permission; None where the port may be opened."""


def serial_ports() -> tuple[PortFacts, ...]:
    """Every serial port of this machine, sorted by path."""
    found = []
    for port in sorted(list_ports.comports(), key=lambda item: item.device):
        usb_id = None if port.vid is None else f"{port.vid:04x}:{port.pid or 0:04x}"
        # On Windows a port is no file; whether it may be opened shows when it is.
        allowed = not Path(port.device).exists() or os.access(port.device, os.R_OK | os.W_OK)
        description = next((text for text in (port.description, port.hwid) if text not in (None, "n/a")), "no description")
        found.append(PortFacts(port.device, description, usb_id, None if allowed else permission_hint(port.device)))
    return tuple(found)
