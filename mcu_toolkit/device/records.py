"""What the client reports: counters, results, and the errors only a device can make."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_toolkit.errors import DeviceError, ProtocolError
from mcu_toolkit.protocol.ids import ErrorCode, RequestType
from mcu_toolkit.protocol.observer_messages import LayerRecord


@dataclass(frozen=True)
class Timing:
    """How patient the client is."""

    boot_timeout_s: float = 8.0
    """Until HELLO must be answered: boards with a boot loader or a USB port that appears late need seconds."""
    reply_timeout_s: float = 5.0
    """Without any progress, until the device counts as dead."""
    invoke_timeout_s: float = 60.0
    """The same while an inference runs; large models on emulated boards take long."""
    retry_after_s: float = 0.3
    """Until an unanswered request is sent again, beside the time its bytes take on the line; doubles from try to try.
    Too small only wastes bytes: a request never runs twice."""


@dataclass(frozen=True)
class Counters:
    """What happened on the line since the client was made."""

    requests: int = 0
    retries: int = 0
    """Requests sent again."""
    stale_replies: int = 0
    """Replies to requests that were answered already."""
    noise_chunks: int = 0
    """Pieces between two delimiters that were neither frames nor text: damaged frames, mostly."""
    noise_bytes: int = 0
    text_lines: int = 0
    sessions: int = 0
    restarts: int = 0
    """Times the board was found to have restarted in mid-run."""


@dataclass(frozen=True)
class Inference:
    """One inference: the bytes of all output tensors in order, and its duration in HELLO's tick unit."""

    output: bytes
    ticks: int
    layers: tuple[LayerRecord, ...] = ()
    """What the observer noted; empty unless asked for."""


class RequestError(ProtocolError):
    """The device refused a request; `code` and `detail` as in docs/protocol.md."""

    def __init__(self, request: RequestType, code: int, detail: int, *, on: str) -> None:
        name = ErrorCode(code).name.lower() if code in ErrorCode.__members__.values() else f"error {code}"
        super().__init__(f"the device refused {request.name}: {name}, detail {detail}", on=on)
        self.request = request
        self.code = code
        self.detail = detail


class SessionLostError(DeviceError):
    """The device no longer knows the session: it was restarted, or another program uses it."""
