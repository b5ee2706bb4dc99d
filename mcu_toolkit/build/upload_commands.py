"""How each upload tool is called: lists of arguments, never a shell's line.  None of them was run on hardware by us.

Files are named without a folder: the tools run where these lie, and OpenOCD and pyOCD have command languages of their own, in
which a path of the user's would have to be quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

ELF, BIN, READ = "firmware.elf", "firmware.bin", "read.bin"
Command = tuple[str, ...]


@dataclass(frozen=True)
class Upload:
    """What a tool is to do."""

    program: str
    target: str
    """What the tool calls the part (boards/upload_tools.py)."""
    address: int
    """Of the first byte of BIN."""
    port: str = ""
    files: tuple[tuple[int, str], ...] = ()
    """(offset, file) of an ESP32's parts."""
    stays: bool = False
    """The board is to be read afterwards: it must not leave its boot loader yet."""


@dataclass(frozen=True)
class Calls:
    """Of one tool."""

    write: Callable[[Upload], tuple[Command, ...]]
    read: Callable[[Upload, int, int], Command] | None = None
    """(upload, address, bytes) -> what writes READ; None where the tool cannot."""
    after_reading: Callable[[Upload], tuple[Command, ...]] = lambda upload: ()
    """What starts the firmware, where `write` had to leave that out."""


def _pyocd_write(upload: Upload) -> tuple[Command, ...]:
    """pyOCD 0.46.0, `pyocd load --help`: the file's suffix says its format; the target is reset at the end."""
    return ((upload.program, "load", "--no-wait", "--target", upload.target, ELF),)


def _pyocd_read(upload: Upload, address: int, count: int) -> Command:
    """pyOCD 0.46.0, its reference of commands: `savemem ADDR LEN FILENAME`."""
    return (upload.program, "commander", "--no-wait", "--target", upload.target, "--command", "savemem", hex(address), str(count), READ)


def _probe_rs_write(upload: Upload) -> tuple[Command, ...]:
    """probe-rs 0.29, `probe-rs download --help`: ELF is the default format.  It verifies by itself; its `read` is for RAM only."""
    return (
        (upload.program, "download", "--chip", upload.target, "--verify", ELF),
        (upload.program, "reset", "--chip", upload.target),
    )


def _openocd(upload: Upload, *commands: str) -> Command:
    files = [word for name in upload.target.split() for word in ("-f", name)]
    return (upload.program, *files, *(word for command in commands for word in ("-c", command)))


def _openocd_write(upload: Upload) -> tuple[Command, ...]:
    """OpenOCD's manual, chapter "Flash Programming": `program FILE verify reset exit`."""
    return (_openocd(upload, f"program {ELF} verify reset exit"),)


def _openocd_read(upload: Upload, address: int, count: int) -> Command:
    """OpenOCD's manual, "Image loading commands": `dump_image FILE ADDRESS SIZE`, of a core that is halted."""
    return _openocd(upload, "init", "reset halt", f"dump_image {READ} {address:#x} {count}", "reset run", "shutdown")


def _st_flash_write(upload: Upload) -> tuple[Command, ...]:
    """st-flash(1) of stlink 1.7.0: `st-flash [--reset] write FILE ADDR`."""
    return ((upload.program, "--reset", "write", BIN, hex(upload.address)),)


def _st_flash_read(upload: Upload, address: int, count: int) -> Command:
    """st-flash(1): `st-flash read FILE ADDR SIZE`, in hexadecimal."""
    return (upload.program, "--reset", "read", READ, hex(address), hex(count))


def _esptool(upload: Upload) -> Command:
    return (upload.program, "--chip", upload.target.split()[0], "--port", upload.port)


def _esptool_write(upload: Upload) -> tuple[Command, ...]:
    """esptool's "Basic Commands": pairs of offset and file.  Versions 2 to 4 know `write_flash` only, 5 takes it as well."""
    return ((*_esptool(upload), "write_flash", *(word for offset, name in upload.files for word in (hex(offset), name))),)


def _esptool_read(upload: Upload, address: int, count: int) -> Command:
    """The same page: `read_flash OFFSET SIZE FILE`."""
    return (*_esptool(upload), "read_flash", hex(address), hex(count), READ)


def _picotool_write(upload: Upload) -> tuple[Command, ...]:
    """picotool-load(1) of 2.2.0: `-v` verifies, `-x` starts the program; the board is in BOOTSEL mode."""
    return ((upload.program, "load", "-v", *(() if upload.stays else ("-x",)), ELF),)


def _picotool_read(upload: Upload, address: int, count: int) -> Command:
    """picotool's README, `save`: `--range FROM TO`, the latter behind the last byte."""
    return (upload.program, "save", "--range", hex(address), hex(address + count), READ)


def _picotool_start(upload: Upload) -> tuple[Command, ...]:
    """picotool's README: `reboot` into the application."""
    return ((upload.program, "reboot"),)


def _bossac_write(upload: Upload) -> tuple[Command, ...]:
    """As ArduinoCore-mbed's platform.txt (commit 003d1573) calls Arduino's variant 1.9.1-arduino2; others know SAM parts only."""
    return ((upload.program, f"--port={upload.port}", "-U", "-i", "-e", "-w", BIN, "-R"),)


def _dfu_util(upload: Upload, place: str, *words: str) -> Command:
    return (upload.program, "--device", upload.target, "--alt", "0", "--dfuse-address", place, *words)


def _dfu_util_write(upload: Upload) -> tuple[Command, ...]:
    """dfu-util(1) of 0.11: `--dfuse-address ADDRESS:leave --download FILE`."""
    return (_dfu_util(upload, f"{upload.address:#010x}{'' if upload.stays else ':leave'}", "--download", BIN),)


def _dfu_util_read(upload: Upload, address: int, count: int) -> Command:
    """dfu-util(1) of 0.11: `ADDRESS:LENGTH --upload FILE`; `leave` holds for it as well."""
    return _dfu_util(upload, f"{address:#010x}:{count}:leave", "--upload", READ)


CALLS: Final[Mapping[str, Calls]] = MappingProxyType(
    {
        "pyocd": Calls(_pyocd_write, _pyocd_read),
        "probe-rs": Calls(_probe_rs_write),
        "openocd": Calls(_openocd_write, _openocd_read),
        "st-flash": Calls(_st_flash_write, _st_flash_read),
        "esptool": Calls(_esptool_write, _esptool_read),
        "picotool": Calls(_picotool_write, _picotool_read, _picotool_start),
        "bossac": Calls(_bossac_write),
        "dfu-util": Calls(_dfu_util_write, _dfu_util_read),
    }
)
"""By the tool's name; `uf2` is a file that is copied (uf2_drive.py)."""
