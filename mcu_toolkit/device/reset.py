"""Restarting a real board from the host, by what its port can do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Literal, Protocol

import serial

from mcu_toolkit.errors import DeviceError

ResetStrategy = Literal["", "dtr", "rts", "touch-1200"]
_HOLD_S: Final = 0.1
"""How long the line is held: reset circuits of development boards need some milliseconds."""


class ModemLines(Protocol):
    """What of a serial port is used here."""

    dtr: bool
    rts: bool

    def close(self) -> None:
        """Release the port."""
        ...


def _open(url: str, baud: int) -> ModemLines:
    opened: ModemLines = serial.serial_for_url(url, baudrate=baud)
    return opened


def reset_board(strategy: ResetStrategy, url: str, baud: int, opens: Callable[[str, int], ModemLines] = _open) -> None:
    """Restart the board behind `url`: pulse DTR or RTS (with the other one released, so that no boot mode is chosen), or open the
    port at 1200 baud and close it.  Raises DeviceError where the board file names no way, or the port has no such lines.
    """
    if strategy == "":
        hint = "press the board's reset button; or, if it has this toolkit's firmware, mcu monitor --hello finds it without"
        raise DeviceError("the board's file names no way to restart it from here (key `reset`)", on=url, hint=hint)
    try:
        port = opens(url, 1200 if strategy == "touch-1200" else baud)
        try:
            if strategy == "dtr":
                port.rts = False
                port.dtr = False
                time.sleep(_HOLD_S)
                port.dtr = True
            elif strategy == "rts":
                port.dtr = False
                port.rts = True
                time.sleep(_HOLD_S)
                port.rts = False
            else:
                port.dtr = False
                time.sleep(_HOLD_S)
        finally:
            port.close()
    except (serial.SerialException, OSError) as error:
        raise DeviceError(f"the board could not be restarted by {strategy}: {error}", on=url, hint="press its reset button") from None
