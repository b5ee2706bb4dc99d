"""`mcu record`: what a board's sensor measures becomes files, a class a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.device.board_sensor import BoardSensor, sensor_of
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware.sensor import require_sensor
from mcu_toolkit.pipeline.proof.board_runner import OnBoard, board_runner
from mcu_toolkit.pipeline.record.files import class_folder, next_file, write_sound, write_table
from mcu_toolkit.pipeline.record.meter import FULL_SCALE
from mcu_toolkit.pipeline.record.placeholder import NAME, recorder_model
from mcu_toolkit.pipeline.record.records import Recorded, RecordRequest, RecordResult
from mcu_toolkit.pipeline.record.take import Taken, Takes
from mcu_toolkit.pipeline.workspace.inputs import Subject
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult

_MOST_SECONDS = 3600.0
_MOST_COUNT = 10_000
_SHOWN_HOLES = 10


def record(request: RecordRequest, progress: Progress) -> StepResult[RecordResult]:
    """Record from the board's sensor; an emulated board is started, a real one gets firmware that records if it has none.

    The verdict is no where samples were lost: each recording with a hole is named.  Recordings that are whole stay when the run is
    interrupted.  Raises InputError for what cannot be recorded, DeviceError where the board or its sensor fails.
    """
    _check(request)
    folder = class_folder(request.output, request.label)
    subject = Subject(Path(NAME), (recorder_model(),))
    board = subject.board(request.board)
    require_sensor(request.sensor, board, "mcu record --sensor KIND, or another board")
    done: list[Recorded] = []
    interrupted = False
    with (
        board_runner(subject, OnBoard(request.board, None, request.port, sensor=request.sensor), progress) as runner,
        sensor_of(runner.client) as sensor,
    ):
        if sensor.kind != request.sensor:
            raise InputError(f"its firmware has a sensor of the kind {sensor.kind}", on=board.id, expected=request.sensor)
        progress.note(f"{sensor.kind}: {sensor.channels} channel{'' if sensor.channels == 1 else 's'}, {sensor.rate_hz:g} Hz")
        takes = Takes(sensor, progress)
        try:
            for number in range(request.count):
                if number and request.pause_s:
                    takes.take(request.pause_s, "pause")
                progress.stage(f"recording {request.label}, {number + 1} of {request.count}")
                taken = takes.take(request.seconds)
                if taken.samples:
                    done.append(_written(taken, sensor, folder, request.label))
                if takes.ended:
                    break
        except KeyboardInterrupt:
            interrupted = True
        about = (board.id, sensor.kind, sensor.channels, sensor.rate_hz, sensor.scale, request.label)
    lost = sum(one.lost for one in done)
    result = RecordResult(*about, tuple(done), lost, takes.ended, interrupted)
    if not done and not interrupted:
        hint = f"mcu boards play {board.id} FILE"
        raise InputError("its sensor has nothing to play", on=board.id, expected="a recording or a tone", hint=hint)
    return StepResult("record", tuple(_lines(result)), result, verdict="fail" if lost else "pass", interrupted=interrupted)


def _check(request: RecordRequest) -> None:
    if not 0 < request.seconds <= _MOST_SECONDS:
        raise InputError(f"--seconds {request.seconds:g}", expected=f"more than 0, at most {_MOST_SECONDS:g}")
    if not 1 <= request.count <= _MOST_COUNT:
        raise InputError(f"--count {request.count}", expected=f"1 to {_MOST_COUNT:,}")
    if not 0 <= request.pause_s <= _MOST_SECONDS:
        raise InputError(f"--pause {request.pause_s:g}", expected=f"0 to {_MOST_SECONDS:g}")


def _written(taken: Taken, sensor: BoardSensor, folder: Path, label: str) -> Recorded:
    numbers = np.concatenate(taken.pieces)
    if sensor.kind == "microphone":
        path = next_file(folder, label, ".wav")
        write_sound(path, numbers, sensor.rate_hz)
    else:
        path = next_file(folder, label, ".csv")
        write_table(path, numbers, _times_s(taken, sensor.rate_hz), sensor.scale)
    wide = numbers.astype(np.int64)
    clipped = int(((wide >= FULL_SCALE - 1) | (wide <= -FULL_SCALE)).sum())
    peak = float(np.abs(wide).max()) * sensor.scale
    return Recorded(path, len(numbers), len(numbers) / sensor.rate_hz, peak, clipped, tuple(taken.holes))


def _times_s(taken: Taken, rate_hz: float) -> npt.NDArray[np.float64]:
    """When each sample was measured: behind a hole later by what is missing, so that training finds the gap in the time stamps."""
    numbers = np.arange(taken.samples)
    for hole in taken.holes:
        numbers[round(hole.from_s * rate_hz) :] += hole.samples
    return np.asarray(numbers / rate_hz)


def _lines(result: RecordResult) -> list[str]:
    lines = []
    for one in result.recordings:
        clipped = f", {one.clipped:,} numbers at full scale" if one.clipped else ""
        lines.append(f"{one.file}: {one.seconds:.3f} s, peak {one.peak:.3g}{clipped}")
        shown = one.holes[:_SHOWN_HOLES]
        lines += [f"  {hole.samples:,} samples lost between {hole.from_s:.3f} and {hole.to_s:.3f} s" for hole in shown]
        lines += [f"  and {len(one.holes) - len(shown):,} more holes"] if len(one.holes) > len(shown) else []
    if result.ended:
        lines.append(f"{result.board}: what its sensor plays is over")
    if result.lost:
        lines.append(f"{result.lost:,} samples were lost: the serial line or this machine is too slow for {result.rate_hz:g} Hz")
    if result.interrupted:
        lines.append("interrupted: what was not whole was thrown away")
    return lines
