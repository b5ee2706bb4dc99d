# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The one table of emulators on this side: what is flashed into each, and how it is started.

A kind is a row here and one in the toolkit's own table (mcu_toolkit/boards/emulator_table.py).
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from child import start, start_greeting
from state import Config, EmulatorError, cache_folder

_SENSOR_MARK = b"mcu-sensor-recording"
"""The name of the file that a sensor plays, in every firmware that has such a sensor (firmware_templates/sensors/emulated)."""
_RP2040_RUNNER = Path(__file__).with_name("rp2040") / "run.mjs"


@dataclass(frozen=True)
class Kind:
    """How an emulator of one kind is used."""

    start: Callable[[Config, Path, socket.socket], subprocess.Popen[bytes]]
    """Start what was flashed into the folder, its serial port on the socket."""
    images: tuple[str, ...] = ("image.elf",)
    """What is flashed: files of the state folder, of the build by their suffix.  Addresses are looked up in the ELF file."""


def _start_qemu(config: Config, folder: Path, serial: socket.socket) -> subprocess.Popen[bytes]:
    """QEMU greets on its monitor."""
    monitor, far_monitor = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    image = folder / "image.elf"
    command = [config.program, "-machine", config.machine, "-kernel", str(image)]
    # One instruction takes 2**shift ns of virtual time, so the guest's timers count instructions and every run is the same.
    command += ["-icount", f"shift={config.icount_shift}"]
    command += ["-display", "none", "-parallel", "none", *config.extra_arguments]
    command += ["-chardev", f"socket,id=board,fd={serial.fileno()}", "-serial", "chardev:board"]
    command += ["-chardev", f"socket,id=monitor,fd={far_monitor.fileno()}", "-mon", "chardev=monitor,mode=control"]
    if _SENSOR_MARK in image.read_bytes():
        command += ["-semihosting-config", "enable=on,target=native"]  # in it files of this machine can be read: no other image gets it
    return start_greeting(config, command, folder, serial, (monitor, far_monitor))


def _start_process(config: Config, folder: Path, serial: socket.socket) -> subprocess.Popen[bytes]:
    return start(config, [str(folder / "image.elf")], folder, stdin=serial, stdout=serial)


def _start_rp2040js(config: Config, folder: Path, serial: socket.socket) -> subprocess.Popen[bytes]:
    """The runner greets when it has read the UF2 file and the package."""
    ready, far_ready = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    command = [config.program, str(_RP2040_RUNNER), str(package_folder(config)), str(folder / "image.uf2"), str(config.baud)]
    command += [str(serial.fileno()), str(far_ready.fileno()), *config.extra_arguments]
    return start_greeting(config, command, folder, serial, (ready, far_ready))


KINDS = {
    "qemu": Kind(_start_qemu),
    "process": Kind(_start_process),
    "rp2040js": Kind(_start_rp2040js, images=("image.elf", "image.uf2")),
}


def kind_of(config: Config) -> Kind:
    """The row of a board's emulator; raises EmulatorError for a name that has none: of another version of the toolkit."""
    if config.kind not in KINDS:
        raise EmulatorError(f"{config.board}: unknown emulator '{config.kind}'; known: {', '.join(KINDS)}; generate the project again")
    return KINDS[config.kind]


def package_folder(config: Config) -> Path:
    """Where the toolkit keeps the package that the emulator runs."""
    return cache_folder() / config.package / "package"


def require_program(config: Config, debian_package: str) -> None:
    """Raise EmulatorError, with the command that installs it, where the emulator is missing."""
    if config.program and shutil.which(config.program) is None:
        raise EmulatorError(f"{config.program} is not on PATH; on Debian: sudo apt-get install {debian_package}")
    if config.package and not package_folder(config).is_dir():
        raise EmulatorError(f"{package_folder(config)} is missing: mcu flash fetches it, with npm")
