"""What the sensor of an emulated board plays: a recording in the board's state folder, which its firmware reads.

The layout of the file (little-endian) is that of firmware_templates/sensors/emulated/sensor_emulated.c:

    "MCUS", version, kind, channels, 0 | samples in 1,000 seconds, uint32 | scale, float32 | ticks in a second, uint32 | numbers, int16
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.boards import SENSOR_KINDS, Board
from mcu_toolkit.device.emulator import find_emulator
from mcu_toolkit.errors import InputError
from mcu_toolkit.system.files import write_bytes
from mcu_toolkit.system.user_folders import private_state

_FILE = "mcu-sensor-recording"
_HEADER = struct.Struct("<4sBBBBIfI")
_VERSION = 1
_CHANNELS_MAX = 6
_RATE_MILLIHZ_MAX = 0xFFFFFFFF
_US_PER_S = 1_000_000
_CLOCK_HZ_OF_NO_BOARD = 100_000_000
"""What an emulated machine that no board exists of is taken to run at: instructions in a second."""


@dataclass(frozen=True)
class Recording:
    """What a sensor measured: value = number * scale, in full scales of sound, in g, or in volts."""

    kind: str
    """One of SENSOR_KINDS."""
    numbers: npt.NDArray[np.int16]
    """[samples, channels]"""
    rate_hz: float
    scale: float

    def __post_init__(self) -> None:
        if self.numbers.ndim != 2 or not 1 <= self.numbers.shape[1] <= _CHANNELS_MAX or self.numbers.dtype != np.int16:
            raise InputError(
                f"a recording of type {self.numbers.dtype} and shape {list(self.numbers.shape)}",
                expected=f"int16 [samples, channels], at most {_CHANNELS_MAX} channels",
            )
        check_rate(self.rate_hz)

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.numbers) / self.rate_hz


def check_rate(rate_hz: float) -> None:
    """Raises InputError for a rate, in samples a second, that a recording cannot have; NaN and infinity are none."""
    if not (math.isfinite(rate_hz) and 1 <= round(rate_hz * 1000) <= _RATE_MILLIHZ_MAX):
        raise InputError(f"a recording of {rate_hz:g} samples a second", expected="at least 0.001, at most 4 million")


def ticks_per_s(board: Board) -> int:
    """What the board's counter counts in a second: where it counts instructions, one a cycle is assumed."""
    return _US_PER_S if board.ticks.unit == "us" else board.clock_hz or _CLOCK_HZ_OF_NO_BOARD


def sensor_file(recording: Recording, ticks_in_a_second: int) -> bytes:
    """The file; `ticks_in_a_second` 0: samples are there whenever they are asked for."""
    head = _HEADER.pack(
        b"MCUS",
        _VERSION,
        1 + SENSOR_KINDS.index(recording.kind),
        recording.numbers.shape[1],
        0,
        round(recording.rate_hz * 1000),
        recording.scale,
        ticks_in_a_second,
    )
    return head + recording.numbers.astype("<i2").tobytes()


def insert(board: Board, recording: Recording, *, in_real_time: bool) -> None:
    """Let the sensor of an emulated board measure `recording` from its next start on.

    In real time samples become due as the board's counter passes, and are lost where the firmware is late; else they are
    there whenever it asks.  Raises InputError for a board that is not emulated, or whose emulator cannot play.
    """
    if board.emulator is None:
        raise InputError("is a real board: its sensor measures what is there", on=board.id, expected="an emulated board")
    if not board.plays_recordings:
        raise InputError(
            f"its emulator, {board.emulator.kind}, plays no recordings", on=board.id, expected="a board of QEMU, or host", hint="mcu boards"
        )
    write_bytes(private_state(board.id) / _FILE, sensor_file(recording, ticks_per_s(board) if in_real_time else 0))


def play(board: Board, recording: Recording, *, in_real_time: bool) -> bool:
    """As `insert`, and restart the board if it runs (True), so that its application begins with the recording."""
    insert(board, recording, in_real_time=in_real_time)
    emulator = find_emulator(board.id)
    if emulator is not None:
        emulator.reset()
    return emulator is not None


def unplug(board: Board) -> None:
    """Take away what the sensor of an emulated board plays: it then answers no more."""
    (private_state(board.id) / _FILE).unlink(missing_ok=True)
