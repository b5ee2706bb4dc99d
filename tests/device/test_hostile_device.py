"""A device that lies in any field of any reply costs neither memory nor time, and is never believed."""

from __future__ import annotations

import dataclasses
import math
import random
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.device import Client, Link, Timing
from mcu_toolkit.errors import DeviceError
from mcu_toolkit.protocol import Frame, FrameDecoder, Message, encode_frame
from mcu_toolkit.protocol.ids import REPLY_BIT
from mcu_toolkit.protocol.layout import layout_of
from mcu_toolkit.protocol.messages import REQUESTS, HelloReply, ModelInfoReply, ReadOutputReply, TensorInfoReply
from mcu_toolkit.runners.device import DeviceRunner
from tests.device.fakes import FakeDevice
from tests.device.test_runner import MIX_MODEL, mix_inputs
from tests.fuzzing import Fuzzing

QUICK_TO_GIVE_UP = Timing(boot_timeout_s=5.0, reply_timeout_s=5.0, invoke_timeout_s=5.0, retry_after_s=1.0)
MEMORY_BYTES_MAX = 32 << 20
SECONDS_MAX = 60.0
REPLIES = {request.type_id | REPLY_BIT: request.reply_class for request in REQUESTS}
NUMBERS = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0xFFFFFF, 0x7FFFFFFF, 0xFFFFFFFF)


class LyingReplies:
    """Passes everything on, but one kind of reply with a field changed."""

    def __init__(self, link: Link, kind: type[Message], field: str, value: Any) -> None:
        self._link = link
        self._kind = kind
        self._change = {field: value}
        self._decoder = FrameDecoder()
        self.lies = 0
        self.name = "liar"
        self.bytes_per_s = 0.0

    def read(self, timeout_s: float) -> bytes:
        items = self._decoder.feed(self._link.read(timeout_s))
        return b"".join(self._passed_on(item) for item in items if isinstance(item, Frame))

    def write(self, data: bytes) -> None:
        self._link.write(data)

    def close(self) -> None:
        self._link.close()

    def _passed_on(self, frame: Frame) -> bytes:
        payload = frame.payload
        if REPLIES.get(frame.type_id) is self._kind:
            self.lies += 1
            payload = dataclasses.replace(self._kind.unpack(payload), **self._change).pack()  # type: ignore[type-var]
        return encode_frame(frame.type_id, frame.sequence, payload)


def run(program: Path, kind: type[Message], field: str, value: Any) -> tuple[int, bool]:
    """(lies told, whether the run was refused); fails where a lie costs memory or time, or changes a result."""
    inputs = mix_inputs(3)
    with FakeDevice(program) as honest, Client(honest.socket_link(), timing=QUICK_TO_GIVE_UP) as client:
        expected = DeviceRunner(client, MIX_MODEL).run(inputs)
    refused = False
    begun_s = time.monotonic()
    tracemalloc.start()
    try:
        with FakeDevice(program) as device:
            link = LyingReplies(device.socket_link(), kind, field, value)
            with Client(link, timing=QUICK_TO_GIVE_UP) as client:
                result = DeviceRunner(client, MIX_MODEL).run(inputs)
                assert all(np.array_equal(a, b) for a, b in zip(result.outputs, expected.outputs, strict=True))
    except DeviceError:
        refused = True
    finally:
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak_bytes < MEMORY_BYTES_MAX
    assert time.monotonic() - begun_s < SECONDS_MAX
    return link.lies, refused


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (ModelInfoReply, "output_bytes", 0xFFFFFFFF),
        (ModelInfoReply, "output_bytes", 1 << 24),
        (ModelInfoReply, "input_bytes", 0),
        (ModelInfoReply, "inputs", 255),
        (HelloReply, "window_frames", 255),
        (HelloReply, "max_payload_bytes", 65_535),
        (HelloReply, "model_count", 0),
        (TensorInfoReply, "scale", math.nan),
        (TensorInfoReply, "size_bytes", 0xFFFFFFFF),
        (TensorInfoReply, "dims", (1, 0xFFFFFFFF)),
    ],
)
def test_a_lie_is_refused_before_anything_is_done_by_it(fake_device: Path, kind: type[Message], field: str, value: Any) -> None:
    told, refused = run(fake_device, kind, field, value)
    assert told >= 1, "a busy machine asks again"
    assert refused


def lies(seed: int, count: int) -> list[tuple[type[Message], str, Any]]:
    pick = random.Random(seed)
    fields = [(kind, name, wire.wire_name) for kind in set(REPLIES.values()) for name, wire in layout_of(kind)]
    fields.sort(key=lambda one: (one[0].__name__, one[1]))
    return [(kind, name, _value(pick, wire_name)) for kind, name, wire_name in (pick.choice(fields) for _ in range(count))]


def _value(pick: random.Random, wire_name: str) -> Any:
    if wire_name == "f32":
        return pick.choice((math.nan, math.inf, -1.0, 0.0, 1e30))
    if wire_name == "str":
        return "x" * pick.choice((0, 31, 32, 255))
    if wire_name.startswith("rank"):
        return tuple(pick.choice(NUMBERS) for _ in range(pick.choice((0, 1, 4, 255))))
    if wire_name == "data":
        return pick.randbytes(pick.choice((0, 1, 127, 128, 129, 4000)))
    if wire_name == "32 bytes":
        return pick.randbytes(32)
    bits = int(wire_name[1:])
    value = min(pick.choice(NUMBERS), (1 << bits) - 1)
    return value - (1 << 31) if wire_name.startswith("i") else value


def tell_lies(program: Path, seed: int, count: int) -> None:
    for kind, name, value in lies(seed, count):
        if kind is not ReadOutputReply:  # what the outputs are is for the comparison with the golden interpreter to say
            run(program, kind, name, value)


@pytest.mark.parametrize("seed", range(2))
def test_no_lie_in_any_field_costs_memory_or_time(fake_device: Path, seed: int) -> None:
    tell_lies(fake_device, seed, 15)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 120))
def test_no_lie_among_a_thousand_costs_memory_or_time(fake_device: Path, seed: int) -> None:
    tell_lies(fake_device, seed, 50)


@pytest.mark.fuzz
def test_no_lie_at_all_costs_memory_or_time(fake_device: Path, fuzzing: Fuzzing) -> None:
    count = 10
    for seed in fuzzing.seeds():
        tell_lies(fake_device, seed, count)
        fuzzing.cases += count
