"""The sensor of a board over the protocol: what it measures, as it comes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from mcu_toolkit.boards import SENSOR_KINDS
from mcu_toolkit.device.client import Client
from mcu_toolkit.device.records import RequestError
from mcu_toolkit.errors import DeviceError, ProtocolError
from mcu_toolkit.protocol.ids import Capability, ErrorCode
from mcu_toolkit.protocol.sensor_messages import ReadSensorReply, ReadSensorRequest, StartSensorReply, StartSensorRequest, StopSensorRequest

_MOST_SAMPLES: Final = 0xFFFF
"""Of one READ_SENSOR: as many as fit into the reply."""
_AT_ONCE: Final = 8
"""Requests on their way while there is more to read: waiting for each reply would leave the line idle half of the time."""


@dataclass(frozen=True)
class Measured:
    """What a sensor measured since the last time."""

    numbers: npt.NDArray[np.int16]
    """[samples, channels]; value = number * scale."""
    lost: int
    """Samples that were lost since the last time, because nobody took them: before `numbers`, or in between."""
    ended: bool
    """Nothing will ever come again: an emulated board has played all of its recording."""


class BoardSensor:
    """A sensor that was started; see `sensor_of`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._about: StartSensorReply = client.ask(StartSensorRequest())
        self._lost = 0
        self._at_once = 1

    @property
    def kind(self) -> str:
        """One of SENSOR_KINDS."""
        return SENSOR_KINDS[self._about.kind - 1]

    @property
    def channels(self) -> int:
        """Numbers of one sample."""
        return self._about.channels

    @property
    def rate_hz(self) -> float:
        """Samples in a second."""
        return self._about.rate_millihz / 1000

    @property
    def scale(self) -> float:
        """Of a number: full scales of sound, g, or volts."""
        return self._about.scale

    def read(self) -> tuple[Measured, ...]:
        """What has come since the last call, in the pieces of as many replies as keep the line busy; possibly nothing."""
        replies = self._client.ask_at_once([ReadSensorRequest(_MOST_SAMPLES)] * self._at_once)
        measured = tuple(self._checked(reply) for reply in replies)
        self._at_once = _AT_ONCE if len(measured[-1].numbers) else 1
        return measured

    def _checked(self, reply: ReadSensorReply) -> Measured:
        if len(reply.data) % (2 * self.channels):
            expected = f"whole samples of {self.channels} int16"
            raise ProtocolError(f"READ_SENSOR answered {len(reply.data)} bytes", on=self._client.name, expected=expected, hint="mcu flash")
        lost = reply.lost - self._lost
        if lost < 0:
            raise ProtocolError(f"READ_SENSOR counts {reply.lost} lost samples after {self._lost}", on=self._client.name, hint="mcu flash")
        self._lost = reply.lost
        numbers = np.frombuffer(reply.data, "<i2").astype(np.int16).reshape(-1, self.channels)
        return Measured(numbers, lost, bool(reply.ended))


def has_sensor(client: Client) -> bool:
    """True where the firmware has a sensor that the host can record from."""
    return bool(client.device.capabilities & Capability.SENSOR)


@contextmanager
def sensor_of(client: Client) -> Iterator[BoardSensor]:
    """The board's sensor, from its beginning on; it is stopped when the block ends.

    Raises DeviceError where the firmware has none, and where the sensor does not answer.
    """
    if not has_sensor(client):
        raise DeviceError("the firmware has no sensor", on=client.name, hint="mcu record puts firmware that has one on the board")
    try:
        sensor = BoardSensor(client)
    except RequestError as error:
        if error.code != ErrorCode.SENSOR:
            raise
        raise DeviceError(
            "the sensor does not answer",
            on=client.name,
            expected="a sensor that is there; an emulated one that has something to play",
            hint="emulated: mcu boards play BOARD FILE.wav, or --tone 440; real: its wiring, and the pins in src/app_sensor.cpp",
        ) from None
    try:
        yield sensor
    finally:
        with suppress(DeviceError):  # gone, restarted: then it has stopped
            client.ask(StopSensorRequest())
