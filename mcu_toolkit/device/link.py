"""A byte stream to a board: any port pyserial can open.  The one crossing where its exceptions become DeviceErrors."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

import serial

from mcu_toolkit.errors import DeviceError, InputError

try:
    import termios

    # pyserial lets it through where a port vanishes while it is configured; it is no OSError.
    _TERMIOS_ERRORS: tuple[type[Exception], ...] = (termios.error,)
except ImportError:  # Windows
    _TERMIOS_ERRORS = ()

_FOREIGN: Final[tuple[type[Exception], ...]] = (serial.SerialException, OSError, *_TERMIOS_ERRORS)

_ABSENT_HINT: Final = "plug the board in, or list the ports there are: mcu doctor"
_POLL_S: Final = 0.01
"""How long one call of pyserial may wait: the precision of read's time-out, not a delay (a byte ends the wait)."""
_WRITE_TIMEOUT_S: Final = 5.0
"""The client never has more on its way than a port's buffers hold; a port that takes nothing for so long is stuck."""


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
    try:
        port = serial.serial_for_url(url, baudrate=baud, timeout=_POLL_S, write_timeout=write_timeout_s, exclusive=True)
    except (ValueError, LookupError, TypeError) as error:  # the last two: slips of pyserial's URL handlers in their messages
        hint = "a device path such as /dev/ttyACM0 or COM3, or a pyserial URL such as socket://127.0.0.1:5000"
        raise InputError(f"cannot be opened: {error}", on=url, expected=hint) from None
    except _FOREIGN as error:
        raise _open_error(error, url) from None
    return SerialLink(port, url)


def refuse_no_port(path: str) -> None:
    """Raise DeviceError where `path`, a path in the file system, is no serial port."""
    if not Path(path).exists():
        raise DeviceError("the port is absent: no such device", on=path, hint=_ABSENT_HINT)
    if not Path(path).is_char_device():
        raise DeviceError("is not a serial port", on=path, expected="a tty such as /dev/ttyACM0")


def _open_error(error: Exception, url: str) -> DeviceError:
    code = _errno_of(error)
    # EAGAIN: somebody holds the lock that pyserial takes for exclusive=True.
    if code in (errno.EBUSY, errno.EAGAIN):
        return DeviceError("the port is busy: another program has it open", on=url, hint="close the monitor or IDE that uses it")
    if code in (errno.EACCES, errno.EPERM):
        return DeviceError("no permission to open the port", on=url, hint=permission_hint(url))
    if code in (errno.ENOENT, errno.ENXIO, errno.ENODEV):
        return DeviceError("the port is absent: no such device", on=url, hint=_ABSENT_HINT)
    if Path(url).exists() and not Path(url).is_char_device():
        return DeviceError("is not a serial port", on=url, expected="a tty such as /dev/ttyACM0")
    return DeviceError(f"the port cannot be opened: {error}", on=url, hint="list the ports there are: mcu doctor")


def _errno_of(error: Exception) -> int | None:
    """The error number, also where pyserial only wrote it into its text (a failed socket connection, Windows)."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    if error.args and isinstance(error.args[0], int):
        return error.args[0]
    text = str(error)
    names = {"FileNotFoundError": errno.ENOENT, "PermissionError": errno.EBUSY}  # Windows: a COM port in use is "access denied"
    return next((code for name, code in names.items() if name in text), None)


def permission_hint(url: str) -> str:
    """What to do where `url` may not be opened."""
    try:
        group = Path(url).group()
    except (OSError, KeyError, NotImplementedError):
        group = "dialout"
    if group == "root":
        return 'add a udev rule for the board (SUBSYSTEM=="tty", MODE="0660", GROUP="dialout") and plug it in again'
    user = os.environ.get("USER", "$USER")
    return f"sudo usermod -aG {group} {user}, then log in again (or add a udev rule for the board)"
