"""The C command loop under sanitizers against the Python model of docs/protocol.md: every reply byte must agree."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcu_toolkit.protocol.framing import encode_frame
from tests.firmware_c.build import converse
from tests.firmware_c.model_device import COUNTER, INPUT_BYTES, MIX, ModelDevice
from tests.fuzzing import Fuzzing

REBOOT = 0x09


class Fuzzer:
    """Frames a host might send, should not send, and that a bad line makes of them; follows the device's session."""

    def __init__(self, seed: int, *, observes: bool = False) -> None:
        self.random = random.Random(seed)
        self.device = ModelDevice(observes=observes)
        self.recent: list[bytes] = [encode_frame(1, 7, b"\1")]

    def steps(self, frames: int) -> Iterator[tuple[bytes, bytes]]:
        """(bytes to send, bytes the device owes)."""
        for _ in range(frames):
            sent = self._next()
            yield sent, self.device.feed(sent)
        # However the line was left: a delimiter and HELLO bring the conversation back.
        last = b"\0" + encode_frame(1, 99, b"\1") + encode_frame(10, 100, b"still in step")
        yield last, self.device.feed(last)

    def _next(self) -> bytes:
        kind = self.random.choices(
            (self._sample, self._request, self._repeat, self._nonsense, self._damaged, self._garbage, self._hello),
            (10, 30, 15, 15, 20, 8, 2),
        )[0]
        return kind()

    def _sequence(self) -> int:
        return 0 if self.device.expected is None else self.device.expected

    def _send(self, type_id: int, payload: bytes, sequence: int | None = None) -> bytes:
        frame = encode_frame(type_id, self._sequence() if sequence is None else sequence, payload)
        self.recent = [*self.recent[-6:], frame]
        return frame

    def _sample(self) -> bytes:
        """A whole inference, its frames numbered in order."""
        model = self.random.choice((MIX, COUNTER))
        data = self.random.randbytes(INPUT_BYTES[model])
        requests = [(4, bytes((model,)) + at.to_bytes(3, "little") + data[at : at + 100]) for at in range(0, len(data), 100)]
        requests += [
            (5, bytes((model,))),
            (6, bytes((model, 0, 0, 0, 8, 0))),
            (12, bytes((model, 0, 0))),
            (13, bytes((model, 3, 0, 0, 8, 0))),
        ]
        return b"".join(self._send(kind, payload, (self._sequence() + i) & 0xFFFF) for i, (kind, payload) in enumerate(requests))

    def _request(self) -> bytes:
        """One request with fields around their limits."""
        model = self.random.choice((0, 0, 0, 1, 1, 2, 3, 255)).to_bytes(1, "little")
        offset = self.random.choice((0, 0, 4, 100, 190, 200, 260, 261, 0xFFFFFF)).to_bytes(3, "little")
        length = self.random.choice((0, 1, 8, 60, 124, 128, 129, 0xFFFF))
        data = self.random.randbytes(min(length, 124))
        payloads = {
            2: model, 3: model + bytes(self.random.choice(((0, 0), (0, 1), (1, 1), (1, 2), (2, 0)))), 4: model + offset + data, 5: model,
            6: model + offset + length.to_bytes(2, "little"), 7: model, 8: b"", 10: data,
            11: model + self.random.choice((0, 5, 6, 7, 0xFF00, 0xFF01, 0xFFFF)).to_bytes(2, "little") + offset,
            12: model + self.random.choice((0, 1, 4, 5, 0xFFFF)).to_bytes(2, "little"),
            13: model + self.random.choice((0, 10, 89, 90, 91, 0xFFFFFF)).to_bytes(3, "little") + length.to_bytes(2, "little"),
            14: model + self.random.choice((0, 1, 0xFFFF)).to_bytes(2, "little"),
            17: b"", 18: self.random.choice((0, 1, 9, 12, 13, 60, 0xFFFF)).to_bytes(2, "little"), 19: b"",
        }  # fmt: skip
        type_id = self.random.choice(tuple(payloads))
        return self._send(type_id, payloads[type_id])

    def _repeat(self) -> bytes:
        return self.random.choice(self.recent)

    def _nonsense(self) -> bytes:
        """A sound frame with any type, number and payload."""
        type_id = self.random.choice([kind for kind in range(256) if kind != REBOOT])
        sequence = self.random.choice((self._sequence(), self.random.randrange(65536), self._sequence() - 1 & 0xFFFF))
        return self._send(type_id, self.random.randbytes(self.random.choice((0, 1, 3, 6, 40, 128, 129, 400))), sequence)

    def _damaged(self) -> bytes:
        frame = bytearray(self.random.choice((self._request, self._sample))())
        for _ in range(self.random.randint(1, 3)):
            at = self.random.randrange(len(frame))
            match self.random.randrange(4):
                case 0:
                    frame[at] ^= 1 << self.random.randrange(8)
                case 1:
                    del frame[at : at + self.random.randint(1, 9)]
                case 2:
                    frame[at:at] = self.random.randbytes(self.random.randint(1, 9))
                case _:
                    del frame[at:]
            if not frame:
                break
        return bytes(frame)

    def _garbage(self) -> bytes:
        return self.random.choice((self.random.randbytes(self.random.randrange(700)), b"boot: ok\r\n", b"\0\0\0", b"\xff" * 500))

    def _hello(self) -> bytes:
        version = self.random.choice((b"\1", b"\1", b"\2", b"\1\1", b""))
        return self._send(1, version, self.random.choice((0, 7, 65533, 65535)))


def run_fuzz(device: Path, seed: int, frames: int, *, observes: bool = False) -> ModelDevice:
    fuzzer = Fuzzer(seed, observes=observes)
    sent, owed = zip(*fuzzer.steps(frames), strict=True)
    said = converse(device, b"".join(sent), FAKE_READ_BYTES=(1, 7, 64)[seed % 3])
    assert said == fuzzer.device.boot() + b"".join(owed)
    assert said.endswith(encode_frame(0x8A, 100, b"still in step"))
    return fuzzer.device


@pytest.mark.parametrize("seed", range(5))
def test_random_and_damaged_frames_are_answered_as_the_page_says(sanitized_device: Path, seed: int) -> None:
    model = run_fuzz(sanitized_device, seed, 2000)
    # The run was no walk in the void: real work was done, and real damage.
    assert model.invocations > 50
    assert model.dropped > 200


@pytest.mark.parametrize("seed", range(50, 54))
def test_the_observers_requests_are_answered_as_the_page_says(observing_device: Path, seed: int) -> None:
    model = run_fuzz(observing_device, seed, 2000, observes=True)
    assert model.invocations > 50


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(1000, 1050))
def test_a_million_frames(sanitized_device: Path, seed: int) -> None:
    run_fuzz(sanitized_device, seed, 20_000)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(2000, 2050))
def test_a_million_frames_to_firmware_with_the_observer(observing_device: Path, seed: int) -> None:
    run_fuzz(observing_device, seed, 20_000, observes=True)


@pytest.mark.fuzz
def test_any_frames_are_answered_as_the_page_says(sanitized_device: Path, observing_device: Path, fuzzing: Fuzzing) -> None:
    frames = 4_000
    for seed in fuzzing.seeds():
        run_fuzz(sanitized_device, seed, frames)
        run_fuzz(observing_device, seed, frames, observes=True)
        fuzzing.cases += 2 * frames
