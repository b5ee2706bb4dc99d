"""At one damaged byte in ten thousand no wrong result is accepted, every sample is answered, and little time is lost."""

from __future__ import annotations

import itertools
import random
import struct
import time
from pathlib import Path

import pytest

from mcu_toolkit.boards import Link
from mcu_toolkit.device import Client
from mcu_toolkit.protocol import encode_frame
from mcu_toolkit.protocol.ids import RequestType
from tests.device.fakes import QUICK, FakeDevice
from tests.device.lines import LyingLink, PacedLink
from tests.device.test_client import mix_samples
from tests.firmware_c.build import build_fake_device
from tests.firmware_c.model_device import COUNTER, mix
from tests.fuzzing import Fuzzing

FAULT_RATE = 1e-4
UART_BYTES_PER_S = 115_200 / 10


def run_with_state(program: Path, seed: int, samples: int, resets: tuple[int, ...]) -> Client:
    """The counter's every result depends on all requests before it; the board is reset in mid-run."""
    inputs = [struct.pack("<4b", n % 100, n % 7, -(n % 5), 1) for n in range(samples)]
    sums = itertools.accumulate(sum(struct.unpack("<4b", sample)) for sample in inputs)
    expected = [struct.pack("<2i", total, n + 1) for n, total in enumerate(sums)]
    # A reset in mid-run: the program begins again, as platform_reset() makes it.
    with FakeDevice(program, FAKE_CRASH_AT_INVOKE=resets[0] if resets else 0) as device:
        link = LyingLink(device.socket_link(), seed, FAULT_RATE)
        with Client(link, timing=QUICK, seed=seed) as client:
            client.reset_state(COUNTER)
            assert [result.output for result in client.infer_many(inputs, model=COUNTER)] == expected
    return client


@pytest.mark.parametrize("seed", range(2))
def test_thousands_of_frames_and_a_reset(fake_device: Path, seed: int) -> None:
    client = run_with_state(fake_device, seed, samples=600, resets=(100,))
    assert client.counters.requests > 1800
    assert client.counters.restarts >= 1


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(10, 20))
def test_a_hundred_thousand_frames(fake_device: Path, seed: int) -> None:
    client = run_with_state(fake_device, seed, samples=3400, resets=(1000,))
    assert client.counters.requests > 10_000
    assert client.counters.retries > 0


@pytest.mark.fuzz
def test_any_lies_of_the_line_and_a_reset_are_survived(fake_device: Path, fuzzing: Fuzzing) -> None:
    for seed in fuzzing.seeds():
        reset_at = random.Random(seed).randrange(1, 600)
        fuzzing.cases += run_with_state(fake_device, seed, samples=600, resets=(reset_at,)).counters.requests


@pytest.mark.parametrize("payload_bytes", [256, 257, 507, 508, 1024, 4096, 32_768])
def test_frames_of_large_payloads_cost_less_than_six_percent(payload_bytes: int) -> None:
    pick = random.Random(payload_bytes)
    for payload in (pick.randbytes(payload_bytes), bytes(payload_bytes), b"\1" * payload_bytes):
        frame = encode_frame(RequestType.ECHO, 0x1234, payload)
        assert (len(frame) - payload_bytes) / payload_bytes < 0.06


def seconds_for(program: Path, samples: list[bytes], fault_rate: float, seed: int) -> float:
    with FakeDevice(program) as device:
        link = LyingLink(PacedLink(device.socket_link(), UART_BYTES_PER_S), seed, fault_rate)
        with Client(link, seed=seed) as client:
            client.handshake()
            client.model_info()
            begun_s = time.monotonic()
            assert [result.output for result in client.infer_many(samples)] == [mix(sample) for sample in samples]
            return time.monotonic() - begun_s


@pytest.mark.slow
def test_goodput_on_a_bad_line_is_four_fifths_of_the_clean_lines(tmp_path: Path) -> None:
    program = build_fake_device(tmp_path, Link(256, 4), models=1)
    samples = mix_samples(60)
    clean_s = seconds_for(program, samples, 0.0, 1)
    lying_s = sum(seconds_for(program, samples, FAULT_RATE, seed) for seed in (2, 3, 4)) / 3
    assert clean_s / lying_s >= 0.8, f"{clean_s:.2f} s clean, {lying_s:.2f} s lying"
