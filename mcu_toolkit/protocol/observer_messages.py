"""The payloads of firmware with the tensor observer; docs/protocol.md says what the fields mean."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_toolkit.protocol.ids import RequestType
from mcu_toolkit.protocol.layout import U8, U16, U24, U32, U64, Data, Message, Request


@dataclass(frozen=True)
class ObserveReply(Message):
    """What the observer can hold."""

    records: U16
    capture_bytes: U32


@dataclass(frozen=True)
class ObserveRequest(Request[ObserveReply]):
    """Choose the tensor whose bytes the next inferences keep."""

    type_id = RequestType.OBSERVE
    reply_class = ObserveReply
    model: U8
    tensor: U16
    offset: U24


@dataclass(frozen=True)
class LayerRecord(Message):
    """One tensor of one inference, in READ_LAYERS' data; `layer` is NO_LAYER for an input of the model."""

    layer: U16
    tensor: U16
    crc32: U32
    ticks: U64


@dataclass(frozen=True)
class ReadLayersReply(Message):
    """`count` records there are; `data` holds some of them, one after another."""

    count: U16
    data: Data


@dataclass(frozen=True)
class ReadLayersRequest(Request[ReadLayersReply]):
    """Read the last inference's records from number `first` on."""

    type_id = RequestType.READ_LAYERS
    reply_class = ReadLayersReply
    model: U8
    first: U16


@dataclass(frozen=True)
class ReadCaptureReply(Message):
    """A piece of what was captured."""

    data: Data


@dataclass(frozen=True)
class ReadCaptureRequest(Request[ReadCaptureReply]):
    """Read a piece of the captured bytes."""

    type_id = RequestType.READ_CAPTURE
    reply_class = ReadCaptureReply
    model: U8
    offset: U24
    length: U16


@dataclass(frozen=True)
class ReadConstantsReply(Message):
    """A layer's constants in the image: bytes, and the CRC-32 of all of them."""

    size_bytes: U32
    crc32: U32


@dataclass(frozen=True)
class ReadConstantsRequest(Request[ReadConstantsReply]):
    """Ask for the CRC-32 of a layer's constants."""

    type_id = RequestType.READ_CONSTANTS
    reply_class = ReadConstantsReply
    model: U8
    layer: U16
