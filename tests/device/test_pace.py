"""The host keeps to the pace of a device: over a slow one nothing piles up, and over a quick one a loss costs little."""

from __future__ import annotations

from typing import Any

import pytest

from mcu_toolkit.device import Timing
from mcu_toolkit.device.exchange import Exchange
from mcu_toolkit.device.line import FrameLine
from mcu_toolkit.device.pace import Pace
from mcu_toolkit.protocol.layout import Request
from mcu_toolkit.protocol.messages import HelloReply, InvokeRequest, WriteInputRequest
from tests.device.simulated import PAYLOAD_BYTES, SimulatedDevice

WINDOW_FRAMES = 8
SEQUENCE = 65_500
"""The numbers run over their end within every test."""
PICTURE = tuple(WriteInputRequest(0, at, bytes(PAYLOAD_BYTES - 4)) for at in range(0, 27_648, PAYLOAD_BYTES - 4))
"""96 x 96 pixels of three colours."""


def device_with(answer_s: float, *, buffer_frames: int = 1 << 30, loss_rate: float = 0.0) -> SimulatedDevice:
    return SimulatedDevice(SEQUENCE + 1, WINDOW_FRAMES, answer_s, buffer_frames, loss_rate)


def run(device: SimulatedDevice, requests: tuple[Request[Any], ...], *, window_frames: int = WINDOW_FRAMES) -> FrameLine:
    """All of them answered, each executed once and in order."""
    hello = HelloReply(1, PAYLOAD_BYTES, window_frames, 0, 0, 0, 1, 0, "board", "runtime", "toolkit")
    line = FrameLine(device, None)
    exchange = Exchange(line, hello, SEQUENCE, Timing(reply_timeout_s=60.0), device.clock)
    assert sum(1 for _ in exchange.run(requests)) == len(requests)
    assert device.executed == [(SEQUENCE + 1 + n) & 0xFFFF for n in range(len(requests))]
    return line


@pytest.mark.parametrize("answer_s", [0.29, 0.31, 0.7, 1.0, 2.9, 8.0])
def test_a_device_slower_than_the_time_out_is_not_buried_in_copies(answer_s: float) -> None:
    device = device_with(answer_s)
    line = run(device, PICTURE)
    assert line.counters.retries <= 10
    assert device.most_waiting <= WINDOW_FRAMES + 10
    assert device.now_s < (len(PICTURE) + 10) * answer_s


def test_a_device_that_becomes_slow_in_mid_run_is_followed() -> None:
    class Tires(SimulatedDevice):
        def read(self, timeout_s: float) -> bytes:
            self.answer_s = 3.0 if 20 < len(self.executed) < 60 else 0.001
            return super().read(timeout_s)

    device = Tires(SEQUENCE + 1, WINDOW_FRAMES, 0.001)
    line = run(device, PICTURE)
    assert line.counters.retries <= 10
    assert device.now_s < 45 * 3.0


def test_single_requests_to_a_slow_device_are_repeated_a_few_times_only() -> None:
    device = device_with(4.0)
    line = run(device, PICTURE[:20], window_frames=1)
    assert line.counters.retries <= 10
    assert device.now_s < 30 * 4.0


@pytest.mark.parametrize("buffer_frames", [1, 2, 3, 5])
def test_a_device_that_holds_less_than_it_promised_gets_what_it_can_take(buffer_frames: int) -> None:
    device = device_with(0.02, buffer_frames=buffer_frames)
    line = run(device, PICTURE)
    assert line.counters.retries < 3 * len(PICTURE)
    assert device.now_s < 10.0


@pytest.mark.parametrize("answer_s", [0.001, 0.02])
def test_losses_on_a_quick_line_cost_little_time(answer_s: float) -> None:
    device = device_with(answer_s, loss_rate=0.02)
    line = run(device, PICTURE * 5)
    assert 10 < line.counters.retries < 400
    assert device.now_s < 2 * answer_s * len(PICTURE) * 5 + 3 * Timing.retry_after_s


def test_a_dreadful_line_is_slow_and_right() -> None:
    device = device_with(0.02, loss_rate=0.4)
    run(device, PICTURE)
    assert device.now_s < 120.0


def test_the_last_request_lost_costs_one_time_out() -> None:
    class LosesTheLast(SimulatedDevice):
        lost = False

        def write(self, data: bytes) -> None:
            if len(self.executed) + len(self._waiting) == 7 and not self.lost:
                self.lost = True
            else:
                super().write(data)

    device = LosesTheLast(SEQUENCE + 1, WINDOW_FRAMES, 0.001)
    line = run(device, PICTURE[:8])
    assert line.counters.retries == 1
    assert device.now_s < 1.1 * Timing.retry_after_s


def test_a_whole_window_lost_is_sent_again_after_one_time_out() -> None:
    class LosesTheFirstWindow(SimulatedDevice):
        written = 0

        def write(self, data: bytes) -> None:
            self.written += 1
            if self.written > WINDOW_FRAMES:
                super().write(data)

    device = LosesTheFirstWindow(SEQUENCE + 1, WINDOW_FRAMES, 0.001)
    line = run(device, PICTURE)
    assert line.counters.retries <= WINDOW_FRAMES + 1
    assert device.now_s < 1.5 * Timing.retry_after_s + 0.002 * len(PICTURE)


def test_how_long_an_inference_takes_delays_no_other_request() -> None:
    class RunsLongAndLosesTheNext(SimulatedDevice):
        lost = False

        def read(self, timeout_s: float) -> bytes:
            self.answer_s = 40.0 if len(self.executed) == 1 else 0.001
            return super().read(timeout_s)

        def write(self, data: bytes) -> None:
            if len(self.executed) == 2 and not self.lost:
                self.lost = True
            else:
                super().write(data)

    device = RunsLongAndLosesTheNext(SEQUENCE + 1, 1, 0.001)
    run(device, (PICTURE[0], InvokeRequest(0), PICTURE[0]), window_frames=1)
    assert 40.0 < device.now_s < 40.0 + 5 * Timing.retry_after_s


def test_the_time_out_doubles_until_an_answer_is_to_no_copy() -> None:
    pace = Pace(0.3, 8)
    assert pace.retry_after_s == pytest.approx(0.3)
    pace.timed_out()
    pace.timed_out()
    pace.answered(None)
    assert pace.retry_after_s == pytest.approx(1.2)
    pace.answered(0.01)
    assert pace.retry_after_s == pytest.approx(0.3)
    pace.answered(7.0)
    assert pace.retry_after_s == pytest.approx(14.0)
    pace.heard(8.0)
    assert pace.retry_after_s == pytest.approx(16.0)
    for _ in range(100):
        pace.answered(0.01)
    assert pace.retry_after_s == pytest.approx(0.3)


def test_over_a_line_that_loses_more_copies_are_sent_and_the_time_out_stays_short() -> None:
    pace = Pace(0.3, 8)
    assert pace.probes == 1
    for _ in range(9):
        pace.lost()
        pace.timed_out()
    assert pace.probes == 4
    assert pace.retry_after_s == pytest.approx(1.2)
    for _ in range(50):
        pace.answered(0.001)
    assert pace.probes == 1


def test_the_window_shrinks_with_each_loss_and_grows_with_answers() -> None:
    pace = Pace(0.3, 8)
    sizes = []
    for _ in range(5):
        pace.lost()
        sizes.append(pace.window_frames)
    assert sizes == [6, 4, 3, 2, 2]
    pace.timed_out()
    assert pace.window_frames == 1
    for _ in range(40):
        pace.answered(0.0)
    assert pace.window_frames == 8
