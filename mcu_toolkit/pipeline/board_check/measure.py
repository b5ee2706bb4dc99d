"""Measurements over the protocol that exists (docs/protocol.md): nothing here judges."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from typing import Final

from mcu_toolkit.device import Client
from mcu_toolkit.pipeline.board_check.record import LineRun, TimerRun
from mcu_toolkit.protocol.messages import EchoRequest, InvokeRequest, WriteInputRequest

_WRITE_HEAD_BYTES: Final = 4
_INVOKE_REPLY_BYTES: Final = 8
_FEWEST_INFERENCES: Final = 5
_ROUND_TRIPS: Final = 50
_BLOCK_FRAMES: Final = 32
"""Echoes between two looks at the clock, at most; on a slow line as many as pass in a quarter of the time."""
_NINE_TENTHS: Final = 0.9


def time_long_run(client: Client, model_index: int, sample: bytes, seconds: float) -> TimerRun:
    """INVOKE over and over for about `seconds`: the board's ticks and the host's clock of the same inferences.

    Inputs are written before each and are not timed.  Raises DeviceError where the board fails.
    """
    runs: list[tuple[int, float]] = []
    ways_s: list[float] = []
    while sum(host_s for _, host_s in runs) < seconds or len(runs) < _FEWEST_INFERENCES:
        ways_s += round_trips(client, _INVOKE_REPLY_BYTES, 1)  # beside each inference: both meet the same host
        _write(client, model_index, sample)
        begun_s = time.perf_counter()
        ticks = client.ask(InvokeRequest(model_index)).ticks
        runs.append((ticks, time.perf_counter() - begun_s))
    return TimerRun(len(runs), sum(ticks for ticks, _ in runs), sum(host_s for _, host_s in runs), rates(runs, ways_s))


def _write(client: Client, model_index: int, sample: bytes) -> None:
    room_bytes = client.device.max_payload_bytes - _WRITE_HEAD_BYTES
    for at in range(0, len(sample), room_bytes):
        client.ask(WriteInputRequest(model_index, at, sample[at : at + room_bytes]))


def rates(runs: Sequence[tuple[int, float]], ways_s: Sequence[float]) -> tuple[float, float, float]:
    """Ticks a second of the host, the least, the likely and the most, from (ticks, seconds) of inferences and seconds of echoes.

    A host that is busy makes a time longer, never shorter: the tenth of the inferences that were fastest by their ticks says it.
    Their ways there and back took as long as the shortest, the median and the 90th percentile of the echoes.
    """
    fastest = sorted(runs, key=lambda run: run[1] / max(1, run[0]))[: max(1, len(runs) // 10)]
    ticks, host_s = sum(run[0] for run in fastest), sum(run[1] for run in fastest)
    ordered = sorted(ways_s)
    ways = (ordered[0], statistics.median(ordered), ordered[int(_NINE_TENTHS * (len(ordered) - 1))])
    # However long the ways were: the board computed for a part of the time.
    least, likely, most = (ticks / max(host_s - len(fastest) * way_s, 0.01 * host_s) for way_s in ways)
    return least, likely, most


def round_trips(client: Client, payload_bytes: int, count: int = _ROUND_TRIPS) -> list[float]:
    """Seconds of `count` echoes, one after the other."""
    data, found = bytes(range(1, payload_bytes + 1)), []
    for _ in range(count):
        begun_s = time.perf_counter()
        client.echo(data)
        found.append(time.perf_counter() - begun_s)
    return found


def measure_line(client: Client, baud: int, seconds: float) -> LineRun:
    """Echo for about `seconds`, and count on both sides what went missing.  Raises DeviceError where the board fails."""
    device = client.device
    trips = round_trips(client, _INVOKE_REPLY_BYTES)
    request = EchoRequest(_pattern(device.max_payload_bytes))
    block = min(_BLOCK_FRAMES, max(device.window_frames, int(seconds / 4 * baud / 10 / device.max_payload_bytes)))
    before, counted = client.status(), client.counters
    begun_s, echoed_bytes, passed_s = time.perf_counter(), 0, 0.0
    while passed_s < seconds:
        for reply in client.ask_at_once([request] * block):
            echoed_bytes += len(reply.data) if reply.data == request.data else 0
        passed_s = time.perf_counter() - begun_s
    after, counters = client.status(), client.counters
    sent = counters.requests - counted.requests + counters.retries - counted.retries
    received = after.frames_received - before.frames_received
    return LineRun(
        baud=baud,
        payload_bytes=device.max_payload_bytes,
        window_frames=device.window_frames,
        seconds=passed_s,
        echoed_bytes=echoed_bytes,
        echoed_bytes_per_s=echoed_bytes / passed_s,
        line_bytes_per_s=baud / 10,
        round_trip_us=(min(trips) * 1e6, statistics.median(trips) * 1e6),
        frames_sent=sent,
        frames_lost=max(0, sent - received),
        damaged_at_board=after.frames_dropped - before.frames_dropped,
        damaged_at_host=counters.noise_chunks - counted.noise_chunks,
        sent_again=counters.retries - counted.retries,
    )


def _pattern(count: int) -> bytes:
    """Every value of a byte, those that end frames and flip all bits of a line among them."""
    return bytes((0x55 if number % 3 == 0 else number * 7) & 0xFF for number in range(count))
