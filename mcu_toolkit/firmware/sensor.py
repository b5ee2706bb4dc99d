"""The sensor of a firmware: `mcu_sensor.h`, and the driver that a board has behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from mcu_toolkit.boards import EMULATED_SENSOR, SENSOR_KINDS, Board
from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.resources import templates_dir

Options = Mapping[str, str | Sequence[str]]

DRIVER_FILE: Final = "src/app_sensor.cpp"
"""A real board's driver, which is the user's as soon as it is written: pins and gains are theirs to set."""
_FOLDER: Final = "sensors"
_LIBRARIES: Final = MappingProxyType(
    {
        "accelerometer_lsm9ds1": "arduino-libraries/Arduino_LSM9DS1@^1.1.1",
        "accelerometer_lsm6ds3": "seeed-studio/Seeed Arduino LSM6DS3@^2.0.5",
    }
)
"""What a driver needs beside the Arduino core, as PlatformIO names it."""


_RATES_HZ: Final = MappingProxyType({"pdm": 16_000, "i2s_esp": 16_000, "adc_rp2040": 8_000})
"""Samples a second of the microphones, as their drivers set them."""


def microphone_rate_hz(board: Board) -> int:
    """Samples a second of the board's microphone; 0 where it has what its recording has."""
    return _RATES_HZ.get(board.sensor_driver("microphone"), 0)


def microphone_has_offset(board: Board) -> bool:
    """True where it is an input of an ADC, whose middle is half of the supply."""
    return board.sensor_driver("microphone").startswith("adc_")


def require_sensor(kind: str, board: Board, hint: str) -> str:
    """The driver of a board's sensor of this kind; raises InputError where the board has none, UnknownNameError for another kind."""
    if kind not in SENSOR_KINDS:
        raise UnknownNameError("kind of sensor", kind, SENSOR_KINDS)
    driver = board.sensor_driver(kind)
    if not driver:
        raise InputError(
            f"the board has no {kind} that the toolkit knows",
            on=board.id,
            expected="a board with one: mcu boards search nRF52840, or `sensors` in a custom board file",
            hint=hint,
        )
    return driver


def sensor_files(kind: str, board: Board) -> Iterator[tuple[str, bytes]]:
    """The generated files of a sensor; `kind` "": none.

    They are the hook, on an emulated board the driver that plays a recording, on a real one what its driver includes.
    """
    if not kind:
        return
    folder = templates_dir() / _FOLDER
    yield "src/mcu_sensor.h", read_bytes(folder / "mcu_sensor.h", kind="template")
    if board.sensor_driver(kind) == EMULATED_SENSOR and board.emulator is not None:
        for name in ("sensor_emulated.c", "sensor_file.h", f"sensor_file_{board.emulator.kind}.c"):
            yield f"src/{name}", read_bytes(folder / "emulated" / name, kind="template")
        return
    driver = read_bytes(_driver_file(kind, board), kind="template")
    for path in sorted((folder / "parts").iterdir()):
        if f'#include "{path.name}"'.encode() in driver:
            yield f"src/{path.name}", read_bytes(path, kind="template")


def users_sensor_files(kind: str, board: Board) -> Iterator[tuple[str, bytes]]:
    """The driver of a real board's sensor."""
    if kind and board.sensor_driver(kind) != EMULATED_SENSOR:
        yield DRIVER_FILE, read_bytes(_driver_file(kind, board), kind="template")


def _driver_file(kind: str, board: Board) -> Path:
    return templates_dir() / _FOLDER / "drivers" / f"{kind}_{board.sensor_driver(kind)}.cpp"


def with_sensor_options(kind: str, board: Board, options: Options) -> Options:
    """The PlatformIO options of a runtime, and what the sensor needs."""
    if not kind or board.sensor_driver(kind) == EMULATED_SENSOR:
        return options
    before = options.get("lib_deps", ())
    libraries = [before] if isinstance(before, str) else list(before)
    library = _LIBRARIES.get(f"{kind}_{board.sensor_driver(kind)}")
    added: dict[str, str | Sequence[str]] = dict(options)
    if library is not None or libraries:
        added["lib_deps"] = (*libraries, *([library] if library else []))
    return added
