"""A byte stream to a board: any port pyserial can open.  The one crossing where its exceptions become DeviceErrors."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Final, Protocol

import serial

from mcu_toolkit.device.port_errors import bad_url, open_error, refuse_bad_url
from mcu_toolkit.errors import DeviceError

try:
    import termios

    # pyserial lets it through where a port vanishes while it is configured; it is no OSError.
    _TERMIOS_ERRORS: tuple[type[Exception], ...] = (termios.error,)
except ImportError:  # Windows
    _TERMIOS_ERRORS = ()

_FOREIGN: Final[tuple[type[Exception], ...]] = (serial.SerialException, OSError, *_TERMIOS_ERRORS)

_POLL_S: Final = 0.01
"""How long one call of pyserial may wait: the precision of read's time-out, not a delay (a byte ends the wait)."""
_WRITE_TIMEOUT_S: Final = 5.0
"""The client never has more on its way than a port's buffers hold; a port that accepts nothing for this long is stuck."""


class Link(Protocol):
    """What the client needs of a port; tests put a damaged line in its place."""

    @property
    def name(self) -> str:
        """As in messages."""
        ...

    @property
    def bytes_per_s(self) -> float:
        """What the line can carry in each direction; 0 if it is not known."""
        ...

    def read(self, timeout_s: float) -> bytes:
        """What has arrived; waits up to `timeout_s` for the first byte, and returns b"" if there is none.

        Raises DeviceError if the port is gone.
        """
        ...

    def write(self, data: bytes) -> None:
        """Send all of `data`; raises DeviceError if the port is gone or takes nothing."""
        ...

    def close(self) -> None:
        """Release the port; idempotent."""
        ...


class SerialLink:
    """A Link over an open pyserial port."""

    def __init__(self, port: serial.Serial, name: str) -> None:
        self._port = port
        self._name = name

    @property
    def name(self) -> str:
        """The port's path or URL."""
        return self._name

    @property
    def bytes_per_s(self) -> float:
        """From the baud rate, 10 bits a byte (8N1)."""
        return float(self._port.baudrate) / 10

    def set_baud(self, baud: int) -> None:
        """Speak at another rate; what arrived at the old one is dropped."""
        with self._translated():
            self._port.baudrate = baud
            self._port.reset_input_buffer()

    def read(self, timeout_s: float) -> bytes:
        """See Link."""
        deadline_s = time.monotonic() + timeout_s
        with self._translated():
            while True:
                # pyserial's read waits until it has all it was asked for: ask for one byte, then for what else there is.
                first = self._port.read(1) if timeout_s > 0 or self._port.in_waiting else b""
                if first:
                    return bytes(first + self._port.read(self._port.in_waiting))
                if time.monotonic() >= deadline_s:
                    return b""

    def write(self, data: bytes) -> None:
        """See Link."""
        with self._translated():
            self._port.write(data)

    def close(self) -> None:
        """See Link."""
        # pyserial 3.5 forgets to close the socket of a socket:// port if the other end was faster.
        connection = getattr(self._port, "_socket", None)
        with contextlib.suppress(*_FOREIGN):
            self._port.close()
        if connection is not None:
            connection.close()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except serial.SerialTimeoutException:
            hint = "reset the board; check that flow control is off"
            raise DeviceError(f"the port took no bytes for {_WRITE_TIMEOUT_S:g} s", on=self._name, hint=hint) from None
        except _FOREIGN as error:
            hint = "check cable and power; look for a board that crashes or an emulator that was stopped"
            raise DeviceError(f"the port vanished while it was in use ({error})", on=self._name, hint=hint) from None


def open_port(url: str, baud: int) -> SerialLink:
    """Open `url`, a device path or any pyserial URL (`socket://host:port`, `rfc2217://...`), exclusively, 8N1.

    Raises InputError if the URL makes no sense, DeviceError if the port is absent, busy or not permitted.  DTR and RTS
    are left as the port's driver sets them; a port without them (a pseudo-terminal) is fine.
    """
    # pyserial's RFC 2217 client refuses a time-out for writing; its server's TCP buffer takes what we ever have on its way.
    write_timeout_s = None if url.startswith("rfc2217://") else _WRITE_TIMEOUT_S
    refuse_bad_url(url)
    try:
        port = serial.serial_for_url(url, baudrate=baud, timeout=_POLL_S, write_timeout=write_timeout_s, exclusive=True)
    except (ValueError, LookupError, TypeError):  # the last two: slips of pyserial's URL handlers in their messages
        raise bad_url(url) from None
    except _FOREIGN as error:
        raise open_error(error, url) from None
    return SerialLink(port, url)
