"""`mcu boards play`: what the sensor of an emulated board measures, a recording or a generated signal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.motion_table import MOTION_SUFFIXES, read_motion
from mcu_toolkit.artifacts.sound import SOUND_SUFFIXES, read_sound
from mcu_toolkit.boards import SENSOR_KINDS, load_board
from mcu_toolkit.device.sensor import Recording, check_rate, play, unplug
from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.pipeline.workspace.locks import emulated_board_in_use
from mcu_toolkit.pipeline.workspace.step_result import StepResult

_SCALES = {"accelerometer": 1 / 8192, "analog": 1 / 8192}
"""Of one step of 16 bits: +-4 g, +-4 V."""
_SOUND_SCALE = 1 / 32768
_DEFAULT_RATE_HZ = 16_000.0
_RATE_TOLERANCE = 0.05
"""Clocks of sensors differ by a few percent; more is another rate."""
_LOUDNESS = 8192
_MOST_SECONDS = 36_000.0
_MOST_SAMPLES = 1 << 25
"""Of a tone: 35 minutes at 16 kHz; it is computed in memory."""


@dataclass(frozen=True)
class PlayRequest:
    """The options of `mcu boards play`."""

    board: str
    file: Path | None = None
    """WAV: sound; CSV: a column for each axis, perhaps one of them the time (artifacts/motion_table.py)."""
    kind: str = SENSOR_KINDS[0]
    rate_hz: float | None = None
    """Of a tone, or a CSV file without a column of time; a WAV file has its own."""
    tone_hz: float | None = None
    seconds: float = 1.0
    """Of the tone."""
    at_once: bool = False
    stop: bool = False


@dataclass(frozen=True)
class PlayResult:
    """What the board's sensor plays now; 0 samples: nothing."""

    board: str
    kind: str
    channels: int
    rate_hz: float
    samples: int
    in_real_time: bool
    restarted: bool


def play_on_board(request: PlayRequest) -> StepResult[PlayResult]:
    """Let an emulated board's sensor play what `request` names; raises InputError for what cannot be played, and for real boards."""
    board = load_board(request.board)
    if request.kind not in SENSOR_KINDS:
        raise UnknownNameError("kind of sensor", request.kind, SENSOR_KINDS)
    if (request.file is not None) + (request.tone_hz is not None) + request.stop != 1:
        raise InputError("nothing to play, or several things", expected="a file, --tone HZ or --stop")
    with emulated_board_in_use(board.id):
        if request.stop:
            unplug(board)
            return StepResult("boards", (f"{board.id}: its sensor plays nothing",), PlayResult(board.id, "", 0, 0.0, 0, False, False))
        recording = _tone(request) if request.file is None else _recorded(request.file, request)
        restarted = play(board, recording, in_real_time=not request.at_once)
    samples, channels = recording.numbers.shape
    result = PlayResult(board.id, recording.kind, channels, recording.rate_hz, samples, not request.at_once, restarted)
    line = f"{board.id}: its {recording.kind} plays {recording.seconds:.2f} s, {samples:,} samples at {recording.rate_hz:g} Hz"
    return StepResult("boards", (line + (", from its restart now" if restarted else ""),), result)


def _tone(request: PlayRequest) -> Recording:
    rate_hz, frequency_hz = request.rate_hz or _DEFAULT_RATE_HZ, request.tone_hz
    assert frequency_hz is not None
    check_rate(rate_hz)
    samples = request.seconds * rate_hz
    if not (0 < request.seconds <= _MOST_SECONDS and 0 <= frequency_hz <= rate_hz / 2 and samples <= _MOST_SAMPLES):
        raise InputError(
            f"a tone of {frequency_hz:g} Hz for {request.seconds:g} s at {rate_hz:g} samples a second",
            expected=f"at most half of the samples, at most {_MOST_SECONDS:,.0f} s and at most {_MOST_SAMPLES:,} samples",
        )
    times = np.arange(round(samples)) / rate_hz
    numbers = np.round(_LOUDNESS * np.sin(2 * math.pi * frequency_hz * times)).astype(np.int16)
    return Recording(request.kind, numbers[:, np.newaxis], rate_hz, _SCALES.get(request.kind, _SOUND_SCALE))


def _recorded(path: Path, request: PlayRequest) -> Recording:
    if path.suffix.lower() in SOUND_SUFFIXES:
        sound = read_sound(path)
        return Recording(request.kind, sound.samples[:, np.newaxis], float(sound.rate_hz), _SCALES.get(request.kind, _SOUND_SCALE))
    if path.suffix.lower() not in MOTION_SUFFIXES:
        raise InputError(f"unknown kind of recording '{path.suffix}'", on=path, expected=".wav or .csv")
    if request.kind not in _SCALES:
        raise InputError("a table of numbers as sound", on=path, expected="a .wav file, or --kind accelerometer or analog")
    values, rate_hz = _table(path, request.rate_hz)
    scale = _SCALES[request.kind]
    return Recording(request.kind, np.clip(np.round(values / scale), -32768, 32767).astype(np.int16), rate_hz, scale)


def _table(path: Path, given_hz: float | None) -> tuple[npt.NDArray[np.float64], float]:
    """(values [readings, axes], readings a second): by the file's column of time or, where it has none, as given."""
    if given_hz is not None:
        check_rate(given_hz)
    try:
        table = read_motion(path)
    except ValueError as error:
        raise InputError(f"cannot be played: {error}", on=path, expected="a CSV file with a named column for each axis") from None
    rate_hz = table.rate_hz or given_hz
    if rate_hz is None:
        raise InputError("how many samples a second it has is not known", on=path, expected="--rate-hz, or a column of time")
    if given_hz is not None and abs(given_hz / rate_hz - 1) > _RATE_TOLERANCE:
        raise InputError(f"has {rate_hz:g} readings a second by its time stamps", on=path, expected="no --rate-hz, or the same")
    return table.values, rate_hz
