"""The payloads of firmware with a sensor; docs/protocol.md says what the fields mean."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_toolkit.protocol.ids import RequestType
from mcu_toolkit.protocol.layout import F32, U8, U16, U32, Data, Empty, Message, Request


@dataclass(frozen=True)
class StartSensorReply(Message):
    """What the sensor measures: value = number * scale."""

    kind: U8
    channels: U8
    rate_millihz: U32
    scale: F32


@dataclass(frozen=True)
class StartSensorRequest(Request[StartSensorReply]):
    """Start the sensor from the beginning."""

    type_id = RequestType.START_SENSOR
    reply_class = StartSensorReply


@dataclass(frozen=True)
class ReadSensorReply(Message):
    """`data`: the samples since the last one, oldest first, int16 [samples][channels]."""

    lost: U32
    ended: U8
    data: Data


@dataclass(frozen=True)
class ReadSensorRequest(Request[ReadSensorReply]):
    """Take what the sensor has recorded."""

    type_id = RequestType.READ_SENSOR
    reply_class = ReadSensorReply
    max_samples: U16


@dataclass(frozen=True)
class StopSensorRequest(Request[Empty]):
    """Stop the sensor, or leave it to the application."""

    type_id = RequestType.STOP_SENSOR
    reply_class = Empty
