"""Puts one inference together from the replies to INVOKE and to what was asked after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mcu_toolkit.device.records import Inference
from mcu_toolkit.errors import ProtocolError
from mcu_toolkit.protocol.layout import Message, Request, least_bytes
from mcu_toolkit.protocol.messages import InvokeReply, ReadOutputReply, ReadOutputRequest
from mcu_toolkit.protocol.observer_messages import LayerRecord, ReadLayersReply, ReadLayersRequest

_RECORD_BYTES = least_bytes(LayerRecord)


class ResultReader:
    """Takes replies in order; `reads` are the requests that follow each INVOKE, `name` the port for messages."""

    def __init__(self, reads: Sequence[Request[Any]], name: str) -> None:
        self._reads = reads
        self._name = name
        self._answered = 0
        self._ticks = 0
        self._output = b""
        self._records = b""

    def take(self, reply: Message) -> Inference | None:
        """The inference that this reply completes; raises ProtocolError where a reply has not the size that was asked for."""
        if isinstance(reply, InvokeReply):
            self._answered, self._ticks, self._output, self._records = 0, reply.ticks, b"", b""
        elif isinstance(reply, ReadOutputReply):
            self._take_output(reply.data)
        elif isinstance(reply, ReadLayersReply):
            self._take_records(reply)
        else:
            return None  # to a WRITE_INPUT
        return self._result() if self._answered == len(self._reads) else None

    def _take_output(self, data: bytes) -> None:
        asked = self._reads[self._answered]
        assert isinstance(asked, ReadOutputRequest)
        if len(data) != asked.length:
            raise ProtocolError(f"READ_OUTPUT answered {len(data)} bytes", on=self._name, expected=f"{asked.length}", hint="mcu flash")
        self._answered += 1
        self._output += data

    def _take_records(self, reply: ReadLayersReply) -> None:
        asked = self._reads[self._answered]
        assert isinstance(asked, ReadLayersRequest)
        if len(reply.data) % _RECORD_BYTES or asked.first + len(reply.data) // _RECORD_BYTES > reply.count:
            what = f"READ_LAYERS from {asked.first} answered {len(reply.data)} bytes of {reply.count} records"
            raise ProtocolError(what, on=self._name, expected=f"records of {_RECORD_BYTES} bytes", hint="mcu flash")
        self._answered += 1
        self._records += reply.data

    def _result(self) -> Inference:
        pieces = (self._records[at : at + _RECORD_BYTES] for at in range(0, len(self._records), _RECORD_BYTES))
        return Inference(self._output, self._ticks, tuple(LayerRecord.unpack(piece) for piece in pieces))
