"""Explains why a port cannot be opened: an invalid name, a file that is not a port, a server that does not answer."""

from __future__ import annotations

import errno
import os
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from mcu_toolkit.errors import DeviceError, InputError, McuError

_ABSENT_HINT: Final = "plug the board in, or list the ports there are: mcu doctor"
_A_PORT: Final = "a device path such as /dev/ttyACM0 or COM3, or a pyserial URL such as socket://127.0.0.1:5000"
_OF_SERVERS: Final = ("socket", "rfc2217")
_SCHEMES: Final = (*_OF_SERVERS, "loop", "spy", "alt", "hwgrep", "cp2110")
_NUMBER: Final = re.compile(r"\[Errno (-?\d+)\]|\((\d+), '")
_WORDS: Final[Mapping[int, str]] = MappingProxyType(
    {
        errno.ECONNREFUSED: "the connection was refused: nothing listens there",
        errno.EHOSTUNREACH: "no route to that machine",
        errno.ENETUNREACH: "no route to that network",
        errno.ETIMEDOUT: "that machine does not answer",
        socket.EAI_NONAME: "no machine has that name",
        socket.EAI_AGAIN: "the name of that machine cannot be looked up now",
    }
)


def refuse_bad_url(url: str) -> None:
    """Raise InputError for a URL that cannot be one of a port, before pyserial stumbles over it."""
    scheme, found, _ = url.partition("://")
    if not found:
        return
    if scheme not in _SCHEMES:
        raise InputError(f"cannot be opened: unknown kind of port '{scheme}'", on=url, expected=_A_PORT)
    if scheme not in _OF_SERVERS:
        return
    try:
        parts = urlsplit(url)
        named, number = bool(parts.hostname), parts.port
    except ValueError:  # a port beyond 65535, or no number; brackets that do not match
        named, number = False, None
    if not named or not number:
        expected = f"machine and number, as {scheme}://127.0.0.1:5000"
        raise InputError("cannot be opened: machine and number of the port are not both there", on=url, expected=expected)


def bad_url(url: str) -> InputError:
    """An error to raise for a URL that pyserial does not take, whatever it stumbled over."""
    return InputError("cannot be opened: the URL has something that this kind of port does not know", on=url, expected=_A_PORT)


def refuse_no_port(path: str) -> None:
    """Raise DeviceError where `path`, a path in the file system, is no serial port."""
    if not Path(path).exists():
        raise DeviceError("the port is absent: no such device", on=path, hint=_ABSENT_HINT)
    if not Path(path).is_char_device() or not _may_be_a_terminal(path):
        raise _no_port(path)


def _may_be_a_terminal(path: str) -> bool:
    """False for a device that answers at once and is no terminal, such as /dev/null."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return True  # opening it in earnest will say why
    try:
        return os.isatty(handle)
    finally:
        os.close(handle)


def open_error(error: Exception, url: str) -> McuError:
    """The error to raise where pyserial could not open `url`."""
    code = _errno_of(error)
    # EAGAIN: somebody holds the lock that pyserial takes for exclusive=True.
    if code in (errno.EBUSY, errno.EAGAIN):
        return DeviceError("the port is busy: another program has it open", on=url, hint="close the monitor or IDE that uses it")
    if code in (errno.EACCES, errno.EPERM):
        return DeviceError("no permission to open the port", on=url, hint=permission_hint(url))
    if code in (errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.EIO):
        return DeviceError("the port is absent: no such device", on=url, hint=_ABSENT_HINT)
    if code in (errno.ENOTTY, errno.EINVAL) or (Path(url).exists() and not Path(url).is_char_device()):
        return _no_port(url)
    if code is None and "unknown option" in str(error):
        return bad_url(url)
    why = "what is there does not answer as such a port does" if code is None else _WORDS.get(code) or _system_words(code)
    return DeviceError(f"the port cannot be opened: {why}", on=url, hint=_server_hint(url))


def _no_port(path: str) -> DeviceError:
    return DeviceError("is not a serial port", on=path, expected="a tty such as /dev/ttyACM0", hint="list the ports there are: mcu doctor")


def _system_words(code: int) -> str:
    return socket.gaierror(code).strerror or f"error {code}" if code < 0 else os.strerror(code).lower()


def _server_hint(url: str) -> str:
    return "check machine and number, and that the server runs" if "://" in url else "list the ports there are: mcu doctor"


def _errno_of(error: Exception) -> int | None:
    """The error number, also where pyserial only wrote it into its text (a failed socket connection, a port that is none, Windows)."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    if error.args and isinstance(error.args[0], int):
        return error.args[0]
    text = str(error)
    if (found := _NUMBER.search(text)) is not None:
        return int(found[1] or found[2])
    if "timed out" in text:
        return errno.ETIMEDOUT
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
