"""Takes so many seconds of a sensor after so many others: no sample twice, none left out but those that the board lost."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mcu_toolkit.device.board_sensor import BoardSensor, Measured
from mcu_toolkit.errors import NoReplyError
from mcu_toolkit.pipeline.record.meter import meter
from mcu_toolkit.pipeline.record.records import Hole
from mcu_toolkit.pipeline.workspace.progress import Progress

_SILENT_S = 10.0
"""A sensor that gives nothing for so long will give nothing."""
_POLL_S = 0.005
_METER_S = 0.25
"""What the meter shows the loudness of."""


@dataclass
class Taken:
    """Samples as they came."""

    pieces: list[npt.NDArray[np.int16]] = field(default_factory=list)
    samples: int = 0
    holes: list[Hole] = field(default_factory=list)

    def latest(self, count: int) -> npt.NDArray[np.int16]:
        """The last samples, at most `count`."""
        return np.concatenate(self.pieces[-16:])[-count:]


class Takes:
    """One take after the other from a sensor that was started."""

    def __init__(self, sensor: BoardSensor, progress: Progress) -> None:
        self._sensor, self._progress = sensor, progress
        self._waiting: deque[Measured] = deque()
        """What was read, and not yet taken."""
        self.ended = False
        """Everything that will ever come was taken."""

    def take(self, seconds: float, what: str = "") -> Taken:
        """The next samples, fewer where a played recording ends; `what` is shown in the place of the meter.

        Raises NoReplyError for a sensor that gives nothing.
        """
        rate_hz = self._sensor.rate_hz
        wanted, taken, last_s = max(1, round(seconds * rate_hz)), Taken(), time.monotonic()
        while taken.samples < wanted and not self.ended:
            before = taken.samples
            self._waiting = self._waiting or deque(self._sensor.read())
            while self._waiting and taken.samples < wanted:
                self._add(self._waiting.popleft(), taken, wanted)
            if taken.samples > before:
                last_s = time.monotonic()
                self._show(taken, wanted, what)
            elif time.monotonic() - last_s > _SILENT_S:
                raise NoReplyError(
                    f"the {self._sensor.kind} gave nothing for {_SILENT_S:g} s", hint="the board's wiring, or mcu boards play"
                )
            elif not self.ended:
                time.sleep(_POLL_S)
        return taken

    def _add(self, measured: Measured, taken: Taken, wanted: int) -> None:
        numbers, rest = np.split(measured.numbers, [wanted - taken.samples])
        start_s = taken.samples / self._sensor.rate_hz
        if len(numbers):
            taken.pieces.append(numbers)
            taken.samples += len(numbers)
        if measured.lost:
            taken.holes.append(Hole(start_s, taken.samples / self._sensor.rate_hz, measured.lost))
        if len(rest):
            self._waiting.appendleft(Measured(rest, 0, measured.ended))
        else:
            self.ended = measured.ended

    def _show(self, taken: Taken, wanted: int, what: str) -> None:
        lost = sum(hole.samples for hole in taken.holes)
        state = what or meter(taken.latest(round(_METER_S * self._sensor.rate_hz)))
        self._progress.advance(taken.samples, wanted, f"{state}{f'  {lost:,} lost' if lost else ''}")
