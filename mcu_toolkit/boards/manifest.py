"""Board manifests of PlatformIO (`boards/<id>.json` of a development platform): what of a board can be read from one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mcu_toolkit.boards.core_table import core_of_manifest
from mcu_toolkit.errors import InputError
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.parsing import json_value

_ORIGINS: Final = (
    # (part begins with, flash, RAM, source)
    ("stm32h7", 0x0800_0000, 0x2400_0000, "STM32H7: flash at 0x08000000, AXI SRAM at 0x24000000"),
    ("stm32", 0x0800_0000, 0x2000_0000, "STM32: flash at 0x08000000, SRAM at 0x20000000"),
    ("nrf5", 0x0000_0000, 0x2000_0000, "nRF5: code at 0x00000000, RAM at 0x20000000"),
    ("rp2", 0x1000_0000, 0x2000_0000, "RP2040 and RP2350: flash mapped at 0x10000000, SRAM at 0x20000000"),
    ("samd", 0x0000_0000, 0x2000_0000, "SAM D: flash at 0x00000000, SRAM at 0x20000000"),
    ("imxrt1062", 0x6000_0000, 0x2000_0000, "i.MX RT1062: FlexSPI flash at 0x60000000, DTCM at 0x20000000"),
    ("esp32s3", 0x3C00_0000, 0x3FC8_8000, "ESP32-S3: data in flash mapped at 0x3C000000, data RAM at 0x3FC88000"),
    ("esp32c3", 0x3C00_0000, 0x3FC8_0000, "ESP32-C3: data in flash mapped at 0x3C000000, data RAM at 0x3FC80000"),
    ("esp32", 0x3F40_0000, 0x3FFA_E000, "ESP32: data in flash mapped at 0x3F400000, data RAM at 0x3FFAE000"),
)


@dataclass(frozen=True)
class Manifest:
    """What a manifest says; None or "" where it says nothing."""

    path: Path
    board: str
    """PlatformIO's id of the board: the file's name."""
    platform: str
    """With a version, where the development platform lies around the manifest."""
    name: str
    vendor: str
    url: str
    mcu: str
    core: str
    clock_hz: int | None
    flash_bytes: int | None
    ram_bytes: int | None
    flash_origin: int | None
    ram_origin: int | None
    native_usb: bool
    """The serial port is the chip's own USB, whose receive buffer is small in most Arduino cores."""
    sources: tuple[str, ...]


def read_manifest(path: Path) -> Manifest:
    """The manifest in `path`; raises InputError if it is none."""
    try:
        table = json_value(read_bytes(path, kind="board manifest"))
    except ValueError as error:
        raise InputError(f"not valid JSON: {error}", on=path, expected="a board manifest of PlatformIO, boards/<id>.json") from None
    if not isinstance(table, dict) or not isinstance(table.get("build"), dict) or not isinstance(table.get("upload"), dict):
        raise InputError("is not a board manifest", on=path, expected="PlatformIO's boards/<id>.json, with `build` and `upload`")
    build, upload = table["build"], table["upload"]
    mcu = str(build.get("mcu", ""))
    flash_origin, ram_origin, origin_source = _origins(mcu, upload)
    platform = _platform_of(path)
    read = f"PlatformIO board manifest boards/{path.name}{f' of platform {platform}' if platform else ''}: part, sizes, clock"
    return Manifest(
        path=path,
        board=path.stem,
        platform=platform,
        name=str(table.get("name", path.stem)),
        vendor=str(table.get("vendor", "")),
        url=str(table.get("url", "")),
        mcu=mcu.upper(),
        core=core_of_manifest(str(build.get("cpu", mcu))),
        clock_hz=_integer(build.get("f_cpu")),
        flash_bytes=_integer(upload.get("maximum_size")),
        ram_bytes=_integer(upload.get("maximum_ram_size")),
        flash_origin=flash_origin,
        ram_origin=ram_origin,
        native_usb=bool(upload.get("native_usb") or upload.get("use_1200bps_touch")),
        sources=(read, *origin_source),
    )


def _integer(value: object) -> int | None:
    """Numbers are integers, or C constants in a text: `180000000L`."""
    try:
        return int(str(value).rstrip("uUlL"), 0)
    except ValueError:
        return None


def _origins(mcu: str, upload: Mapping[str, Any]) -> tuple[int | None, int | None, tuple[str, ...]]:
    row = next((row for row in _ORIGINS if mcu.lower().startswith(row[0])), None)
    if row is None:
        return None, None, ()
    _, flash, ram, source = row
    offset = _integer(upload.get("offset_address"))  # behind a boot loader
    return (flash if offset is None else offset), ram, (f"memory map of {source}",)


def _platform_of(path: Path) -> str:
    """`ststm32@^19.6.0`, from the platform.json beside the folder of the manifest; "" where there is none."""
    try:
        table = json_value((path.parent.parent / "platform.json").read_bytes())
        return f"{table['name']}@^{table['version']}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
