"""Every payload's layout, once.  docs/protocol.md says what the fields mean; a test compares the two.

A new request: an id in `RequestType`, a request and a reply class below, a row in `REQUESTS`.  The C header follows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final

from mcu_toolkit.protocol.ids import BUILD_ID_DIGITS, PROTOCOL_VERSION, EventType, RequestType
from mcu_toolkit.protocol.layout import F32, I32, U8, U16, U24, U32, U64, Data, Dims, Empty, Message, Request, Sha256, Str
from mcu_toolkit.protocol.observer_messages import ObserveRequest, ReadCaptureRequest, ReadConstantsRequest, ReadLayersRequest
from mcu_toolkit.protocol.sensor_messages import ReadSensorRequest, StartSensorRequest, StopSensorRequest

_TOOLKIT: Final = re.compile(rf"\+([0-9a-f]{{{BUILD_ID_DIGITS}}})$")


@dataclass(frozen=True)
class HelloReply(Message):
    """The device and its limits."""

    version: U8
    max_payload_bytes: U16
    window_frames: U8
    capabilities: U32
    clock_hz: U32
    tick_unit: U8
    model_count: U8
    boot_count: U32
    board: Str
    runtime: Str
    toolkit: Str

    @property
    def toolkit_version(self) -> str:
        """The version of the toolkit that made the firmware."""
        return _TOOLKIT.sub("", self.toolkit)

    @property
    def build_id(self) -> str | None:
        """Which sources the image was built from; None of firmware that does not tell."""
        found = _TOOLKIT.search(self.toolkit)
        return None if found is None else found[1]


@dataclass(frozen=True)
class HelloRequest(Request[HelloReply]):
    """Open a session."""

    type_id = RequestType.HELLO
    reply_class = HelloReply
    version: U8 = PROTOCOL_VERSION


@dataclass(frozen=True)
class ModelInfoReply(Message):
    """One model of the firmware.  `sha256` is that of the .tflite file it was made from."""

    status: U8
    sha256: Sha256
    inputs: U8
    outputs: U8
    input_bytes: U32
    output_bytes: U32
    arena_bytes: U32
    arena_used_bytes: U32
    layers: U16
    name: Str


@dataclass(frozen=True)
class ModelInfoRequest(Request[ModelInfoReply]):
    """Describe a model."""

    type_id = RequestType.MODEL_INFO
    reply_class = ModelInfoReply
    model: U8


@dataclass(frozen=True)
class TensorInfoReply(Message):
    """One input or output; `dims` outermost first; `scale` 0 if it is not quantized."""

    dtype: U8
    scale: F32
    zero_point: I32
    size_bytes: U32
    dims: Dims


@dataclass(frozen=True)
class TensorInfoRequest(Request[TensorInfoReply]):
    """Describe an input or output."""

    type_id = RequestType.TENSOR_INFO
    reply_class = TensorInfoReply
    model: U8
    direction: U8
    index: U8


@dataclass(frozen=True)
class WriteInputRequest(Request[Empty]):
    """Write a piece of the input area."""

    type_id = RequestType.WRITE_INPUT
    reply_class = Empty
    model: U8
    offset: U24
    data: Data


@dataclass(frozen=True)
class InvokeReply(Message):
    """How long the inference took, in HELLO's tick unit."""

    ticks: U64


@dataclass(frozen=True)
class InvokeRequest(Request[InvokeReply]):
    """Run the model on the inputs written."""

    type_id = RequestType.INVOKE
    reply_class = InvokeReply
    model: U8


@dataclass(frozen=True)
class ReadOutputReply(Message):
    """A piece of the output area."""

    data: Data


@dataclass(frozen=True)
class ReadOutputRequest(Request[ReadOutputReply]):
    """Read a piece of the output area."""

    type_id = RequestType.READ_OUTPUT
    reply_class = ReadOutputReply
    model: U8
    offset: U24
    length: U16


@dataclass(frozen=True)
class ResetStateRequest(Request[Empty]):
    """Return the model's variables to their initial values."""

    type_id = RequestType.RESET_STATE
    reply_class = Empty
    model: U8


@dataclass(frozen=True)
class StatusReply(Message):
    """Stack use and counters since boot."""

    stack_bytes: U32
    stack_used_bytes: U32
    invocations: U32
    frames_received: U32
    frames_dropped: U32


@dataclass(frozen=True)
class StatusRequest(Request[StatusReply]):
    """Ask for stack use and counters."""

    type_id = RequestType.STATUS
    reply_class = StatusReply


@dataclass(frozen=True)
class RebootRequest(Request[Empty]):
    """Restart the firmware."""

    type_id = RequestType.REBOOT
    reply_class = Empty


@dataclass(frozen=True)
class EchoReply(Message):
    """What was sent."""

    data: Data


@dataclass(frozen=True)
class EchoRequest(Request[EchoReply]):
    """Try the line."""

    type_id = RequestType.ECHO
    reply_class = EchoReply
    data: Data


@dataclass(frozen=True)
class ReleaseRequest(Request[Empty]):
    """End the session: the board's application goes on."""

    type_id = RequestType.RELEASE
    reply_class = Empty


@dataclass(frozen=True)
class ErrorReply(Message):
    """Why a request was refused; `code` as in ErrorCode."""

    request_type: U8
    code: U8
    detail: U32


@dataclass(frozen=True)
class BootEvent(Message):
    """The firmware has just started."""

    type_id: ClassVar[EventType] = EventType.BOOT
    reason: U8
    version: U8


@dataclass(frozen=True)
class FaultEvent(Message):
    """The firmware crashed.  `layer` is 0xFFFF where none was running."""

    type_id: ClassVar[EventType] = EventType.FAULT
    kind: U8
    pc: U32
    lr: U32
    status: U32
    layer: U16


AnyRequest = (
    HelloRequest | ModelInfoRequest | TensorInfoRequest | WriteInputRequest | InvokeRequest
    | ReadOutputRequest | ResetStateRequest | StatusRequest | RebootRequest | EchoRequest
    | ObserveRequest | ReadLayersRequest | ReadCaptureRequest | ReadConstantsRequest
    | ReleaseRequest | StartSensorRequest | ReadSensorRequest | StopSensorRequest
)  # fmt: skip

REQUESTS: Final[tuple[type[AnyRequest], ...]] = (
    HelloRequest, ModelInfoRequest, TensorInfoRequest, WriteInputRequest, InvokeRequest,
    ReadOutputRequest, ResetStateRequest, StatusRequest, RebootRequest, EchoRequest,
    ObserveRequest, ReadLayersRequest, ReadCaptureRequest, ReadConstantsRequest,
    ReleaseRequest, StartSensorRequest, ReadSensorRequest, StopSensorRequest,
)  # fmt: skip
"""In the order of their ids."""
EVENTS: Final[tuple[type[BootEvent | FaultEvent], ...]] = (BootEvent, FaultEvent)
