"""Boards as data: `load_board(id)`, `all_boards()`."""

from mcu_toolkit.boards.board import (
    EMULATED_SENSOR,
    SENSOR_KINDS,
    Board,
    CoreShare,
    Emulator,
    Link,
    MemoryRegion,
    PlatformIO,
    Sensors,
    Serial,
    Ticks,
)
from mcu_toolkit.boards.core_cycles import CycleBand, FlashTiming
from mcu_toolkit.boards.load import all_boards, custom_board_file, load_board

__all__ = [
    "EMULATED_SENSOR",
    "SENSOR_KINDS",
    "Board",
    "CoreShare",
    "CycleBand",
    "Emulator",
    "FlashTiming",
    "Link",
    "MemoryRegion",
    "PlatformIO",
    "Sensors",
    "Serial",
    "Ticks",
    "all_boards",
    "custom_board_file",
    "load_board",
]
