"""The host's side of the protocol: typed requests to a board, and inference that survives a bad line and a reset."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Final, TypeVar

from mcu_toolkit.device.checks import check_same_firmware
from mcu_toolkit.device.exchange import SESSION_DISTANCE, Exchange
from mcu_toolkit.device.handshake import shake_hands
from mcu_toolkit.device.history import History
from mcu_toolkit.device.line import FrameLine
from mcu_toolkit.device.link import Link
from mcu_toolkit.device.records import Counters, Inference, SessionLostError, Timing
from mcu_toolkit.device.results import ResultReader
from mcu_toolkit.errors import DeviceError, InputError, ProtocolError
from mcu_toolkit.protocol.ids import NO_TENSOR, Capability, Direction
from mcu_toolkit.protocol.layout import Message, Request, least_bytes
from mcu_toolkit.protocol.messages import (
    EchoRequest,
    HelloReply,
    InvokeRequest,
    ModelInfoReply,
    ModelInfoRequest,
    ReadOutputRequest,
    RebootRequest,
    ReleaseRequest,
    ResetStateRequest,
    StatusReply,
    StatusRequest,
    TensorInfoReply,
    TensorInfoRequest,
    WriteInputRequest,
)
from mcu_toolkit.protocol.observer_messages import (
    LayerRecord,
    ObserveReply,
    ObserveRequest,
    ReadCaptureRequest,
    ReadConstantsReply,
    ReadConstantsRequest,
    ReadLayersReply,
    ReadLayersRequest,
)

R = TypeVar("R", bound=Message)

_WRITE_HEAD_BYTES: Final = 4
"""WRITE_INPUT's model and offset, before its data."""
_RESTARTS_PER_SAMPLE_MAX: Final = 2
"""After this many restarts at one sample the run is given up."""


class Client:
    """A board behind a Link.  The session is opened by the first request (or `handshake`) and again after a restart.

    All methods raise DeviceError or one of its kinds: NoReplyError (silence), ProtocolError (another protocol or
    version), RequestError (the device refused), plain DeviceError (port gone, firmware crashed).
    """

    def __init__(
        self, link: Link, *, on_text: Callable[[str], None] | None = None, timing: Timing | None = None, seed: int | None = None
    ) -> None:
        """`on_text` sees every line the device prints outside of frames; `seed` fixes the session numbers, for tests."""
        self._line = FrameLine(link, on_text)
        self._timing = timing or Timing()
        self._random = random.Random(seed)
        self._sequence = self._random.randrange(65536)
        self._exchange: Exchange | None = None
        self._handshake: HelloReply | None = None
        self._models: dict[int, ModelInfoReply] = {}
        self._history = History()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def name(self) -> str:
        """The port, as in messages."""
        return self._line.name

    @property
    def counters(self) -> Counters:
        """What happened on the line so far."""
        return self._line.counters

    def close(self) -> None:
        """Let a board with an application go on with it, and close the port; idempotent."""
        if self._handshake is not None and self._handshake.capabilities & Capability.APPLICATION:
            self.release()
        self._exchange = None
        self._line.close()

    def handshake(self) -> HelloReply:
        """Open a new session; waits for a board that is still booting."""
        self._exchange = None
        self._sequence = (self._sequence + self._random.randrange(SESSION_DISTANCE, 65536 - SESSION_DISTANCE)) & 0xFFFF
        reply = shake_hands(self._line, self._sequence, self._timing)
        self._line.count(sessions=1)
        self._exchange = Exchange(self._line, reply, self._sequence, self._timing)
        if self._handshake is not None and reply.boot_count != self._handshake.boot_count:
            self._history.board_restarted()
        self._handshake = reply
        return reply

    @property
    def device(self) -> HelloReply:
        """What HELLO said; says HELLO if nobody has yet."""
        return self._handshake or self.handshake()

    def model_info(self, model: int = 0) -> ModelInfoReply:
        """One model of the firmware."""
        self._models[model] = self.ask(ModelInfoRequest(model))
        return self._models[model]

    def tensor_info(self, model: int, direction: Direction, index: int) -> TensorInfoReply:
        """One input or output of a model."""
        return self.ask(TensorInfoRequest(model, direction, index))

    def status(self) -> StatusReply:
        """Stack use and counters since boot."""
        return self.ask(StatusRequest())

    def reset_state(self, model: int = 0) -> None:
        """Return the model's variables to their initial values."""
        self.ask(ResetStateRequest(model))
        if self.device.capabilities & Capability.STATE:
            self._history.began(model)

    def observe(self, model: int, tensor: int = NO_TENSOR, offset: int = 0) -> ObserveReply:
        """Have the next inferences keep a tensor's bytes from `offset` on; says how much the observer can hold.

        Raises DeviceError where the firmware was built without the observer; so do the next two.
        """
        return self._observing(ObserveRequest(model, tensor, offset))

    def read_capture(self, model: int, offset: int, length: int) -> bytes:
        """A piece of what was kept: at most `max_payload_bytes`."""
        data = self._observing(ReadCaptureRequest(model, offset, length)).data
        if len(data) != length:
            raise ProtocolError(f"READ_CAPTURE answered {len(data)} bytes", on=self.name, expected=f"{length}", hint="mcu flash")
        return data

    def read_constants(self, model: int, layer: int) -> ReadConstantsReply:
        """Size and CRC-32 of a layer's constants in the image, or with NO_LAYER of all of them."""
        return self._observing(ReadConstantsRequest(model, layer))

    def _observing(self, request: Request[R]) -> R:
        if not self.device.capabilities & Capability.OBSERVER:
            hint = "mcu generate --observer, then build and flash; mcu verify --per-layer does it by itself"
            raise DeviceError("the firmware was built without the tensor observer", on=self.name, hint=hint)
        return self.ask(request)

    def echo(self, data: bytes) -> bytes:
        """Send up to `max_payload_bytes` there and back."""
        echoed = self.ask(EchoRequest(data)).data
        if echoed != data:
            raise ProtocolError(f"ECHO answered {len(echoed)} bytes that are not what was sent", on=self.name, hint="mcu flash")
        return echoed

    def reboot(self) -> HelloReply:
        """Restart the firmware and wait until it answers again; a model with state then runs again what it ran since `reset_state`."""
        # A session that is lost: it restarted before its reply was received whole.
        with contextlib.suppress(SessionLostError):
            self._session().call(RebootRequest())
        self._history.board_restarted()
        return self.handshake()

    def show_start_up(self) -> None:
        """Restart the firmware, so that `on_text` sees what it prints while it starts; a board that does not come back is no error."""
        with contextlib.suppress(DeviceError):
            self.reboot()

    def release(self) -> None:
        """End the session, if one is open: an application on the board then continues."""
        exchange, self._exchange = self._exchange, None
        if exchange is not None and exchange.is_usable:
            with contextlib.suppress(DeviceError):  # gone, restarted, or in another session: then it is not ours any more
                exchange.call(ReleaseRequest())

    def infer(self, model: int, input_bytes: bytes) -> Inference:
        """One inference: `input_bytes` holds all input tensors in order."""
        [result] = self.infer_many([input_bytes], model=model)
        return result

    def infer_many(self, samples: Sequence[bytes], *, model: int = 0, layers: bool = False) -> Iterator[Inference]:
        """Run every sample in order, with as many requests on their way as the device allows; yields each result.

        With `layers` each result holds what the firmware's observer noted.  A board that restarts in mid-run is greeted
        again and the current sample is sent again; a model with state first runs again what it ran since `reset_state`,
        and where that was never called: DeviceError, because nobody knows the state.  Call nothing else before the last result.
        """
        done = 0
        restarts = 0
        while done < len(samples):
            again = self._history.to_replay(model)
            try:
                for number, result in enumerate(self._pipeline([*again, *samples[done:]], model, layers=layers)):
                    restarts = 0
                    if number < len(again):
                        continue
                    self._history.replayed(model)
                    self._history.ran(model, samples[done])
                    done += 1
                    yield result
            except SessionLostError as lost:
                restarts += 1
                self._recover(lost, model, done, restarts)

    def _pipeline(self, samples: Sequence[bytes], model: int, *, layers: bool) -> Iterator[Inference]:
        info = self._models.get(model) or self.model_info(model)
        reads = self._reads(model, info, layers=layers)
        result = ResultReader(reads, self.name)
        for reply in self._session().run(self._requests(samples, model, info, reads)):
            inference = result.take(reply)
            if inference is not None:
                yield inference

    def _reads(self, model: int, info: ModelInfoReply, *, layers: bool) -> list[Request[Any]]:
        """What is asked after each INVOKE."""
        data_bytes = self.device.max_payload_bytes
        reads: list[Request[Any]] = [
            ReadOutputRequest(model, at, min(data_bytes, info.output_bytes - at)) for at in range(0, info.output_bytes, data_bytes)
        ]
        if layers:
            at_once = (data_bytes - least_bytes(ReadLayersReply)) // least_bytes(LayerRecord)
            reads += [ReadLayersRequest(model, first) for first in range(0, self.observe(model).records, at_once)]
        return reads

    def _requests(
        self, samples: Sequence[bytes], model: int, info: ModelInfoReply, reads: Sequence[Request[Any]]
    ) -> Iterator[Request[Any]]:
        data_bytes = self.device.max_payload_bytes - _WRITE_HEAD_BYTES
        for number, sample in enumerate(samples):
            if len(sample) != info.input_bytes:
                raise InputError(
                    f"sample {number} has {len(sample)} bytes", on=info.name, expected=f"{info.input_bytes}, all inputs in order"
                )
            for at in range(0, len(sample), data_bytes):
                yield WriteInputRequest(model, at, sample[at : at + data_bytes])
            yield InvokeRequest(model)
            yield from reads

    def _recover(self, lost: SessionLostError, model: int, done: int, restarts: int) -> None:
        """Greet a restarted board again, or raise DeviceError saying why the run cannot go on."""
        self._line.count(restarts=1)
        if restarts > _RESTARTS_PER_SAMPLE_MAX:
            hint = "the firmware crashes there: look at what it prints (mcu monitor)"
            raise DeviceError(f"{lost.what}; it restarts whenever sample {done} is run", on=self.name, hint=hint) from None
        self._history.board_restarted()
        if self._handshake is not None and self._handshake.capabilities & Capability.STATE and not self._history.is_known(model):
            hint = "run again from the first sample"
            raise DeviceError(f"{lost.what} at sample {done}, and the model's state is lost", on=self.name, hint=hint) from None
        self._exchange = None
        before = dict(self._models)
        for number, info in before.items():
            check_same_firmware(info, self.model_info(number), on=self.name)

    def _session(self) -> Exchange:
        if self._exchange is None or not self._exchange.is_usable:
            self.handshake()
        assert self._exchange is not None
        return self._exchange

    def ask_at_once(self, requests: Sequence[Request[R]]) -> tuple[R, ...]:
        """The replies to several requests, as many on their way as the device allows; raises SessionLostError where it restarts."""
        return tuple(self._session().run(requests))  # type: ignore[arg-type]  # each reply is of its request's class

    def ask(self, request: Request[R]) -> R:
        """One request that may be repeated in a new session: it only asks, or leaves a restarted device as it is."""
        try:
            return self._session().call(request)
        except SessionLostError:
            self._line.count(restarts=1)
            self._history.board_restarted()
            self.handshake()
            return self._session().call(request)
