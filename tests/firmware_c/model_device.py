"""The fake device again, in Python and from docs/protocol.md alone: what the C code is compared with."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from mcu_toolkit.protocol.framing import Frame, decode_body, encode_frame
from mcu_toolkit.protocol.ids import PROTOCOL_VERSION, Capability, EventType
from tests.firmware_c.build import FAKE_BUILD_ID, FAKE_LINK, OBSERVER

MIX, COUNTER, BROKEN = 0, 1, 2
INPUT_BYTES = {MIX: 260, COUNTER: 4}
OUTPUT_BYTES = {MIX: 190, COUNTER: 8}
INFERENCE_ARENA_TOO_SMALL, INFERENCE_FAILED = 4, 5
NAMES = ("mix", "counter", "broken_model_with_a_name_of_more_than_31_bytes")
SHA256 = {MIX: b"m" * 32, COUNTER: b"c" * 32, BROKEN: b"b" * 32}


def mix(inputs: bytes) -> bytes:
    """Model 0's outputs."""
    mixed = zlib.crc32(inputs)
    return bytes((mixed >> 8 * (i % 4) & 0xFF) ^ i for i in range(OUTPUT_BYTES[MIX]))


def mix_ticks(inputs: bytes) -> int:
    """Model 0's duration."""
    return 1000 + inputs[0]


class RefusedError(Exception):
    """An error reply: code, detail."""


def _text(text: str) -> bytes:
    return bytes((len(text),)) + text.encode()


TENSORS = {
    (MIX, 0): [(9, 0.5, -3, 200, (1, 10, 20)), (7, 0.25, 0, 60, (1, 30))],
    (MIX, 1): [(9, 0.00390625, -128, 150, (1, 150)), (0, 0.0, 0, 40, (1, 10))],
    (COUNTER, 0): [(9, 1.0, 0, 4, (1, 4))],
    (COUNTER, 1): [(2, 0.0, 0, 8, (1, 2))],
}


@dataclass
class ModelDevice:
    """Feed it bytes, get the replies it owes."""

    max_payload_bytes: int = FAKE_LINK.max_payload_bytes
    window_frames: int = FAKE_LINK.window_frames
    expected: int | None = None
    stored: dict[int, bytes] = field(default_factory=dict)
    pending: bytes = b""
    received: int = 0
    dropped: int = 0
    invocations: int = 0
    writing: int | None = None
    inputs: bytes = b""
    reading: int | None = None
    outputs: bytes = b""
    counter: tuple[int, int] = (0, 0)
    observes: bool = False
    """Built with the tensor observer, and with the sensor of fakes/fake_sensor.c."""
    sensor: list[int] | None = None
    """The next sample, reads and lost samples since START_SENSOR; None: it was not started."""
    capture: tuple[int, int, int] | None = None
    """Model, tensor, offset."""
    captured: bytes = b""
    records: list[bytes] = field(default_factory=list)

    def boot(self) -> bytes:
        return encode_frame(EventType.BOOT, 0, bytes((0, PROTOCOL_VERSION)))

    def feed(self, stream: bytes) -> bytes:
        *chunks, self.pending = (self.pending + stream).split(b"\0")
        return b"".join(self._chunk(chunk) for chunk in chunks if chunk)

    def _chunk(self, chunk: bytes) -> bytes:
        frame = decode_body(chunk)
        if frame is None or len(frame.payload) > self.max_payload_bytes:
            self.dropped += 1
            return b""
        self.received += 1
        return self._answer(frame)

    def _answer(self, frame: Frame) -> bytes:
        if frame.type_id == 0x01:
            reply = self._execute(frame)
            if reply[0] != 0xFF:
                self.expected = (frame.sequence + 1) & 0xFFFF
                self.stored = {}
            return encode_frame(reply[0], frame.sequence, reply[1:])
        if self.expected is None:
            return encode_frame(0xFF, frame.sequence, struct.pack("<BBI", frame.type_id, 4, 0))
        if frame.sequence in self.stored:
            return self.stored[frame.sequence]
        if frame.sequence != self.expected:
            return encode_frame(0xFF, frame.sequence, struct.pack("<BBI", frame.type_id, 5, self.expected))
        reply = self._execute(frame)
        self.stored[frame.sequence] = encode_frame(reply[0], frame.sequence, reply[1:])
        self.stored.pop((frame.sequence - self.window_frames) & 0xFFFF, None)
        self.expected = None if reply[0] == 0x90 else (self.expected + 1) & 0xFFFF
        return self.stored[frame.sequence]

    def _execute(self, frame: Frame) -> bytes:
        handlers = {1: self._hello, 2: self._model_info, 3: self._tensor_info, 4: self._write, 5: self._invoke}
        handlers.update({6: self._read, 7: self._reset_state, 8: self._status, 9: lambda p: b"", 10: lambda p: p, 16: self._release})
        if self.observes:
            handlers.update({11: self._observe, 12: self._read_layers, 13: self._read_capture, 14: self._read_constants})
            handlers.update({17: self._start_sensor, 18: self._read_sensor, 19: self._stop_sensor})
        fixed = {2: 1, 3: 3, 5: 1, 6: 6, 7: 1, 8: 0, 9: 0, 11: 6, 12: 3, 13: 6, 14: 3, 16: 0, 17: 0, 18: 2, 19: 0}
        least = {1: 1, 4: 4, 10: 0}
        payload = frame.payload
        try:
            if frame.type_id not in handlers:
                raise RefusedError(1, 0)
            if fixed.get(frame.type_id, len(payload)) != len(payload) or len(payload) < least.get(frame.type_id, 0):
                raise RefusedError(2, len(payload))
            if frame.type_id in (*range(2, 8), *range(11, 15)):
                self._check_model(frame.type_id, payload[0])
            return bytes((frame.type_id | 0x80,)) + handlers[frame.type_id](payload)
        except RefusedError as refusal:
            code, detail = refusal.args
            return struct.pack("<BBBI", 0xFF, frame.type_id, code, detail)

    def _check_model(self, type_id: int, model: int) -> None:
        if model >= 3:
            raise RefusedError(6, 3)
        if model == BROKEN and type_id != 2:
            raise RefusedError(10, INFERENCE_ARENA_TOO_SMALL)

    def _hello(self, payload: bytes) -> bytes:
        if payload[0] != PROTOCOL_VERSION:
            raise RefusedError(3, PROTOCOL_VERSION)
        if len(payload) != 1:
            raise RefusedError(2, len(payload))
        self.writing = self.reading = None
        self.capture = self.sensor = None
        can = Capability.OBSERVER | Capability.SENSOR if self.observes else Capability(0)
        can |= Capability.SEVERAL_MODELS | Capability.STATE | Capability.STACK_WATERMARK | Capability.REBOOT
        head = struct.pack("<BHBIIBBI", 1, self.max_payload_bytes, self.window_frames, can, 0, 3, 3, 1)
        return head + _text("host") + _text("fake (for tests)") + _text(f"0.0.test+{FAKE_BUILD_ID}")

    def _model_info(self, payload: bytes) -> bytes:
        model = payload[0]
        tensors = 2 if model == MIX else 1
        sizes = (INPUT_BYTES.get(model, 0), OUTPUT_BYTES.get(model, 0), 260, {MIX: 260, COUNTER: 16}.get(model, 0))
        status = INFERENCE_ARENA_TOO_SMALL if model == BROKEN else 0
        name = NAMES[model]
        head = struct.pack("<B32sBB4IH", status, SHA256[model], tensors, tensors, *sizes, 7 if model == MIX else 1)
        return head + _text(name[:31])

    def _tensor_info(self, payload: bytes) -> bytes:
        model, direction, index = payload
        tensors = TENSORS[model, min(direction, 1)]
        if direction > 1 or index >= len(tensors):
            raise RefusedError(2, len(tensors))
        dtype, scale, zero_point, size, dims = tensors[index]
        return struct.pack(f"<BfiIB{len(dims)}I", dtype, scale, zero_point, size, len(dims), *dims)

    def _write(self, payload: bytes) -> bytes:
        model, offset, data = payload[0], int.from_bytes(payload[1:4], "little"), payload[4:]
        written = self.inputs if self.writing == model else b""
        if offset + len(data) > INPUT_BYTES[model]:
            raise RefusedError(7, INPUT_BYTES[model])
        if offset > len(written):
            raise RefusedError(8, len(written))
        self.writing, self.inputs, self.reading = model, written[:offset] + data, None
        return b""

    def _invoke(self, payload: bytes) -> bytes:
        model = payload[0]
        inputs = self.inputs if self.writing == model else b""
        if len(inputs) != INPUT_BYTES[model]:
            raise RefusedError(8, len(inputs))
        self.writing = self.reading = None
        self.invocations += 1
        self.records, self.captured = [], b""
        for number, tensor in enumerate(TENSORS[model, 0]):
            begin = sum(size for *_, size, _ in TENSORS[model, 0][:number])
            self._show(model, 0xFFFF, number, inputs[begin : begin + tensor[3]], 0)
        if model == MIX:
            self._show(model, 0, 5, inputs[:100], mix_ticks(inputs) + 10)
            self._show(model, 1, 6, b"\xa5" * 260, 11)
        if model == COUNTER:
            total = (self.counter[0] + sum(struct.unpack("<4b", inputs)), self.counter[1] + 1)
            self.counter = total
            self.reading, self.outputs = model, struct.pack("<2i", *total)
            return struct.pack("<Q", 5)
        if inputs[0] == 127:
            raise RefusedError(10, INFERENCE_FAILED)
        self.reading, self.outputs = model, mix(inputs)
        self._show(model, 1, 7, self.outputs[:150], 11)
        return struct.pack("<Q", mix_ticks(inputs) + (32 if self.observes else 0))

    def _show(self, model: int, layer: int, tensor: int, data: bytes, ticks: int) -> None:
        if len(self.records) < OBSERVER.records:
            self.records.append(struct.pack("<HHIQ", layer, tensor, zlib.crc32(data), ticks))
        wanted = 0xFF00 + tensor if layer == 0xFFFF else tensor
        if self.capture is not None and self.capture[:2] == (model, wanted) and self.capture[2] < len(data):
            self.captured = data[self.capture[2] :][: OBSERVER.capture_bytes]

    def _observe(self, payload: bytes) -> bytes:
        model, tensor, offset = payload[0], int.from_bytes(payload[1:3], "little"), int.from_bytes(payload[3:6], "little")
        self.capture = (model, tensor, offset)
        return struct.pack("<HI", OBSERVER.records, OBSERVER.capture_bytes)

    def _read_layers(self, payload: bytes) -> bytes:
        first = int.from_bytes(payload[1:3], "little")
        if self.reading != payload[0]:
            raise RefusedError(9, 0)
        at_once = (self.max_payload_bytes - 2) // 16
        return struct.pack("<H", len(self.records)) + b"".join(self.records[first : first + at_once])

    def _read_capture(self, payload: bytes) -> bytes:
        model, offset, length = payload[0], int.from_bytes(payload[1:4], "little"), int.from_bytes(payload[4:6], "little")
        if length > self.max_payload_bytes:
            raise RefusedError(2, self.max_payload_bytes)
        if self.reading != model:
            raise RefusedError(9, 0)
        if offset + length > len(self.captured):
            raise RefusedError(7, len(self.captured))
        return self.captured[offset : offset + length]

    def _read_constants(self, payload: bytes) -> bytes:
        layer = int.from_bytes(payload[1:3], "little")
        constants = NAMES[payload[0]][:2].encode() if layer in (0, 0xFFFF) else b""
        return struct.pack("<II", len(constants), zlib.crc32(constants))

    def _read(self, payload: bytes) -> bytes:
        model, offset, length = payload[0], int.from_bytes(payload[1:4], "little"), int.from_bytes(payload[4:6], "little")
        if length > self.max_payload_bytes:
            raise RefusedError(2, self.max_payload_bytes)
        if offset + length > OUTPUT_BYTES[model]:
            raise RefusedError(7, OUTPUT_BYTES[model])
        if self.reading != model:
            raise RefusedError(9, 0)
        return self.outputs[offset : offset + length]

    def _reset_state(self, payload: bytes) -> bytes:
        if payload[0] == COUNTER:
            self.counter = (0, 0)
        return b""

    def _release(self, payload: bytes) -> bytes:
        self.writing = self.reading = self.sensor = None
        return b""

    def _start_sensor(self, payload: bytes) -> bytes:
        self.sensor = [0, 0, 0]
        return struct.pack("<BBIf", 2, 2, 100_500, 0.25)

    def _read_sensor(self, payload: bytes) -> bytes:
        if self.sensor is None:
            raise RefusedError(11, 0)
        left, data = min(int.from_bytes(payload, "little"), (self.max_payload_bytes - 5) // 4), b""
        while left:
            self.sensor[1] += 1
            if self.sensor[1] % 3 == 0 and self.sensor[0] < 60:
                self.sensor[0] += 1
                self.sensor[2] += 1
            count = min(left, 12, 9, 60 - self.sensor[0])
            if not count:
                break
            data += b"".join(struct.pack("<hh", n, -2 * n) for n in range(self.sensor[0], self.sensor[0] + count))
            self.sensor[0] += count
            left -= count
        return struct.pack("<IB", self.sensor[2], self.sensor[0] >= 60) + data

    def _stop_sensor(self, payload: bytes) -> bytes:
        self.sensor = None
        return b""

    def _status(self, payload: bytes) -> bytes:
        return struct.pack("<5I", 4096, 1234, self.invocations, self.received, self.dropped)
