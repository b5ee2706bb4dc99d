"""Programs that put an image onto a real board without PlatformIO, and what each calls the parts: the one table of them.

How each is called stands in build/upload_commands.py.  A tool serves a board where the table has a word for its part or its id;
rows of parts are beginnings of names, of which longer ones win.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from mcu_toolkit.boards.board import Board

Takes = Literal["elf", "bin", "esp", "uf2"]


@dataclass(frozen=True)
class UploadTool:
    """One program, or the copying of a file."""

    name: str
    programs: tuple[str, ...]
    """Names on PATH, the first one that is there is used; none: a file is copied."""
    takes: Takes
    """The linked ELF file; a flat binary of it; the application and what starts it (ESP32); or firmware.uf2."""
    reads_back: bool = False
    """Flash can be read into a file."""
    needs_port: bool = False
    """It speaks over the board's serial port; else a probe or USB finds the board."""
    version_arguments: tuple[str, ...] = ("--version",)


UPLOAD_TOOLS: Final[Mapping[str, UploadTool]] = MappingProxyType(
    {
        tool.name: tool
        for tool in (
            UploadTool("pyocd", ("pyocd",), "elf", reads_back=True),
            UploadTool("probe-rs", ("probe-rs",), "elf"),
            UploadTool("openocd", ("openocd",), "elf", reads_back=True),
            UploadTool("st-flash", ("st-flash",), "bin", reads_back=True),
            UploadTool("esptool", ("esptool", "esptool.py"), "esp", reads_back=True, needs_port=True, version_arguments=("version",)),
            UploadTool("picotool", ("picotool",), "elf", reads_back=True, version_arguments=("version",)),
            UploadTool("bossac", ("bossac",), "bin", needs_port=True, version_arguments=("--help",)),
            UploadTool("dfu-util", ("dfu-util",), "bin", reads_back=True),
            UploadTool("uf2", (), "uf2"),
        )
    }
)

_OF_PARTS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        # pyOCD 0.46.0, target/builtin/__init__.py; probe-rs: its chip names; OpenOCD 0.12.0, scripts/target and scripts/interface.
        "nRF52840": {"pyocd": "nrf52840", "probe-rs": "nRF52840_xxAA", "openocd": "interface/cmsis-dap.cfg target/nrf52.cfg"},
        "RP2040": {
            "pyocd": "rp2040",
            "probe-rs": "RP2040",
            "openocd": "interface/cmsis-dap.cfg target/rp2040.cfg",
            "picotool": "",
            "uf2": "RPI-RP2",
        },
        "RP2350": {"pyocd": "rp2350", "probe-rs": "RP235x", "picotool": "", "uf2": "RP2350"},
        # ST's boards have an ST-LINK on them.  pyOCD knows these parts by their CMSIS packs (pyocd pack install PART).
        "STM32F4": {"openocd": "interface/stlink.cfg target/stm32f4x.cfg", "st-flash": ""},
        "STM32F7": {"openocd": "interface/stlink.cfg target/stm32f7x.cfg", "st-flash": ""},
        "STM32L4": {"openocd": "interface/stlink.cfg target/stm32l4x.cfg", "st-flash": ""},
        "STM32F446RE": {"pyocd": "stm32f446retx", "probe-rs": "STM32F446RETx"},
        "STM32F746NG": {"pyocd": "stm32f746nghx", "probe-rs": "STM32F746NGHx"},
        "STM32L4R5ZI": {"pyocd": "stm32l4r5zitx", "probe-rs": "STM32L4R5ZITx"},
        # esptool: chip, and where its boot loader lies (Espressif, "Flashing Firmware": 0x1000 on the ESP32, 0x0 on the others).
        "ESP32": {"esptool": "esp32 0x1000"},
        "ESP32-S3": {"esptool": "esp32s3 0x0"},
        "ESP32-C3": {"esptool": "esp32c3 0x0"},
    }
)
"""Part -> tool -> what the tool calls it; empty where it asks the part itself."""
_OF_BOARDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        # Boot loaders of Arduino's: ArduinoCore-mbed (commit 003d1573), platform.txt and boards.txt.
        "nano33ble": {"bossac": ""},
        "portenta_h7": {"dfu-util": "2341:035b"},
    }
)


def upload_targets(board: Board) -> Mapping[str, str]:
    """What each tool that serves `board` calls it, by the tool's name in the order of UPLOAD_TOOLS; empty for emulated boards."""
    if board.is_emulated:
        return {}
    found: dict[str, str] = {}
    for part in sorted(_OF_PARTS, key=len):
        if _plain(board.mcu).startswith(_plain(part)):
            found |= _OF_PARTS[part]
    found |= _OF_BOARDS.get(board.id, {})
    return {name: found[name] for name in UPLOAD_TOOLS if name in found}


def _plain(part: str) -> str:
    """`ESP32-S3` and `esp32s3` are one part."""
    return part.lower().replace("-", "")
