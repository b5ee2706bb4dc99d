"""Over a line that damages bytes in both directions, every request takes effect exactly once and no result is wrong.

The device is the real C command loop.  Its model "counter" has state: it returns the sum of all inputs and the number
of calls since reset, so one call too many, one too few or one out of order is seen in every later result.
"""

from __future__ import annotations

import itertools
import random
import struct
import time
from pathlib import Path

import pytest

from mcu_toolkit.device import Client, Timing
from mcu_toolkit.protocol import Frame, FrameDecoder
from mcu_toolkit.protocol.ids import RequestType
from tests.device.fakes import PATIENT, QUICK, FakeDevice, FaultyLink, SocketLink
from tests.device.test_client import mix_samples
from tests.firmware_c.model_device import COUNTER, mix
from tests.fuzzing import Fuzzing


def run_counter(program: Path, seed: int, samples: int, fault_rate: float, timing: Timing = QUICK) -> tuple[Client, FaultyLink]:
    inputs = [struct.pack("<4b", n % 100, n % 7, -(n % 5), 1) for n in range(samples)]
    sums = itertools.accumulate(sum(struct.unpack("<4b", sample)) for sample in inputs)
    expected = [struct.pack("<2i", total, n + 1) for n, total in enumerate(sums)]
    with FakeDevice(program) as device:
        link = FaultyLink(device.socket_link(), seed, fault_rate)
        with Client(link, timing=timing, seed=seed) as client:
            assert [result.output for result in client.infer_many(inputs, model=COUNTER)] == expected
            assert client.status().invocations == samples
    return client, link


@pytest.mark.parametrize("seed", range(3))
def test_a_thousand_frames_take_effect_exactly_once(fake_device: Path, seed: int) -> None:
    client, link = run_counter(fake_device, seed, samples=350, fault_rate=0.08)
    assert client.counters.requests > 1000
    assert link.faults > 50
    assert client.counters.retries > 30


def test_a_dreadful_line_is_slow_and_right(fake_device: Path) -> None:
    client, link = run_counter(fake_device, 9, samples=40, fault_rate=0.4)
    assert link.faults > 100
    assert client.counters.noise_chunks > 10


def test_samples_of_several_frames_arrive_whole(fake_device: Path) -> None:
    samples = mix_samples(120)
    with FakeDevice(fake_device) as device:
        link = FaultyLink(device.socket_link(), 5, 0.08)
        with Client(link, timing=QUICK, seed=5) as client:
            assert [result.output for result in client.infer_many(samples)] == [mix(sample) for sample in samples]
    assert link.faults > 30


def test_a_reset_on_a_bad_line_is_survived(stateless_device: Path) -> None:
    samples = mix_samples(60)
    with FakeDevice(stateless_device, FAKE_CRASH_AT_INVOKE=25) as device:
        link = FaultyLink(device.socket_link(), 6, 0.08)
        with Client(link, timing=QUICK, seed=6) as client:
            assert [result.output for result in client.infer_many(samples)] == [mix(sample) for sample in samples]
            assert client.counters.restarts >= 1


def test_a_good_line_needs_no_retries(fake_device: Path) -> None:
    client, _ = run_counter(fake_device, 1, samples=200, fault_rate=0.0, timing=PATIENT)
    assert client.counters.retries == 0
    # HELLO is said again when the board reports that it has just booted.
    assert client.counters.stale_replies <= 1


def test_refusals_that_the_line_repeats_are_ignored(fake_device: Path) -> None:
    class LosesOneAndRepeats(SocketLink):
        written = 0
        heard = b""
        repeats = False

        def write(self, data: bytes) -> None:
            self.written += 1
            if self.written % 20 != 10:
                super().write(data)

        def read(self, timeout_s: float) -> bytes:
            # Everything is heard twice, the second time with what comes next.
            again, self.heard = self.heard, super().read(timeout_s)
            return again + self.heard if self.repeats else self.heard

    samples = mix_samples(100)
    with FakeDevice(fake_device) as device:
        link = LosesOneAndRepeats(device.socket_link()._end)
        client = Client(link, timing=QUICK)
        client.handshake()
        client.echo(b"")  # now what was heard last is not BOOT, which said twice means a second restart
        link.repeats = True
        assert [result.output for result in client.infer_many(samples)] == [mix(sample) for sample in samples]
        assert client.counters.stale_replies > 100
        assert (client.counters.sessions, client.counters.restarts) == (1, 0)
        client.close()


@pytest.mark.parametrize("lost", [4, 5, 6, 7])
def test_a_lost_request_is_noticed_by_the_next_one_without_waiting(fake_device: Path, lost: int) -> None:
    class LosesOne(SocketLink):
        written = 0

        def write(self, data: bytes) -> None:
            [frame] = FrameDecoder().feed(data)
            assert isinstance(frame, Frame)
            is_hello = frame.type_id == RequestType.HELLO  # said once or twice
            self.written += not is_hello
            if is_hello or self.written != lost:
                super().write(data)

    samples = mix_samples(10)
    with FakeDevice(fake_device) as device, Client(LosesOne(device.socket_link()._end), timing=PATIENT) as client:
        begun_s = time.monotonic()
        assert [result.output for result in client.infer_many(samples)] == [mix(sample) for sample in samples]
        assert time.monotonic() - begun_s < PATIENT.retry_after_s / 2
        assert 1 <= client.counters.retries <= 3


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 110))
def test_a_hundred_thousand_frames_take_effect_exactly_once(fake_device: Path, seed: int) -> None:
    client, _ = run_counter(fake_device, seed, samples=3400, fault_rate=0.05)
    assert client.counters.requests > 10_000


@pytest.mark.fuzz
def test_any_faults_of_the_line_are_survived(fake_device: Path, fuzzing: Fuzzing) -> None:
    for seed in fuzzing.seeds():
        client, _ = run_counter(fake_device, seed, samples=300, fault_rate=random.Random(seed).choice((0.005, 0.02, 0.08, 0.2)))
        fuzzing.cases += client.counters.requests
