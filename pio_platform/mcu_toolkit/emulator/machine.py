# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The emulated machine: QEMU, or the firmware itself as a program, with its serial port on a socket."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

from state import Config, EmulatorError

_PR_SET_PDEATHSIG = 1  # prctl(2)
_QEMU_START_TIMEOUT_S = 20.0
_SENSOR_MARK = b"mcu-sensor-recording"
"""The name of the file that a sensor plays, in every firmware that has such a sensor (firmware_templates/sensors/emulated)."""


class Machine:
    """One run of the firmware, from power-on to power-off."""

    def __init__(self, config: Config, image: Path, folder: Path) -> None:
        self.serial, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            if config.kind == "qemu":
                self._child = _start_qemu(config, image, folder, far)
            else:
                self._child = _start(config, [str(image)], folder, far, stdin=far, stdout=far)
        except BaseException:
            self.serial.close()
            raise
        finally:
            far.close()  # so that the end of the emulator is the end of the stream
        self.serial.setblocking(False)

    @property
    def pid(self) -> int:
        """Process id of QEMU or of the firmware."""
        return self._child.pid

    def read(self, size_bytes: int) -> bytes | None:
        """What the board sent; None if nothing yet, empty at its end."""
        try:
            return self.serial.recv(size_bytes)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def write(self, data: memoryview) -> int:
        """Send to the board as much as fits now; returns how many bytes."""
        with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            return self.serial.send(data)
        return 0

    def power_off(self) -> None:
        """End it at once: there is nothing in it worth saving."""
        self._child.kill()
        self._child.wait()
        self.serial.close()

    def how_it_ended(self) -> str:
        """Wait for a machine whose stream has ended, and say in words how it did."""
        try:
            code = self._child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.power_off()
            return "closed its serial port"
        if code < 0:
            return f"was ended by signal {-code} ({signal.Signals(-code).name})"
        return f"ended with exit code {code}"


def _start_qemu(config: Config, image: Path, folder: Path, serial: socket.socket) -> subprocess.Popen[bytes]:
    """Start QEMU and wait until it greets on its monitor: a bad command line or image has failed by then."""
    monitor, far_monitor = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    command = [config.program, "-machine", config.machine, "-kernel", str(image)]
    # One instruction takes 2**shift ns of virtual time, so the guest's timers count instructions and every run is the same.
    command += ["-icount", f"shift={config.icount_shift}"]
    command += ["-display", "none", "-parallel", "none", *config.extra_arguments]
    command += ["-chardev", f"socket,id=board,fd={serial.fileno()}", "-serial", "chardev:board"]
    command += ["-chardev", f"socket,id=monitor,fd={far_monitor.fileno()}", "-mon", "chardev=monitor,mode=control"]
    if _SENSOR_MARK in image.read_bytes():
        command += ["-semihosting-config", "enable=on,target=native"]  # in it files of this machine can be read: no other image gets it
    with monitor:
        with far_monitor:
            child = _start(config, command, folder, serial, far_monitor)
        monitor.settimeout(_QEMU_START_TIMEOUT_S)
        try:
            greeting = monitor.recv(1)
        except OSError:
            greeting = b""
    if greeting:
        return child
    child.kill()
    code = child.wait()
    raise EmulatorError(f"{config.program} did not start (exit code {code}): {' '.join(command)}")


def _start(
    config: Config,
    command: list[str],
    folder: Path,
    *inherited: socket.socket,
    stdin: socket.socket | int = subprocess.DEVNULL,
    stdout: socket.socket | int | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in `folder`; what it prints goes to our standard error, which is the log."""
    parent = os.getpid()

    def in_child() -> None:
        _die_with_parent(parent)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=stdin,
            stdout=sys.stderr.fileno() if stdout is None else stdout,
            pass_fds=tuple(end.fileno() for end in inherited),
            preexec_fn=in_child,  # noqa: PLW1509  (the bridge has one thread)
        )
    except OSError as error:
        raise EmulatorError(f"{command[0]} of board {config.board} cannot be started: {error.strerror}") from None


def _die_with_parent(parent: int) -> None:
    """In the child, before it becomes the emulator: the kernel kills it when the bridge dies, even by SIGKILL (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # died in between
            os._exit(1)


def require_program(config: Config, debian_package: str) -> None:
    """Raise EmulatorError, with the command that installs it, where the emulator is missing."""
    if config.kind == "qemu" and shutil.which(config.program) is None:
        raise EmulatorError(f"{config.program} is not on PATH; on Debian: sudo apt-get install {debian_package}")
