"""What of the measurements is not as the board's file says; every limit is in the row that applies it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mcu_toolkit.boards import Board
from mcu_toolkit.pipeline.board_check.models import LONG_RUN
from mcu_toolkit.pipeline.board_check.record import Answer, BoardReport, CheckedImage, CheckRow, KernelRow, LineRun, TickUnit, TimerRun
from mcu_toolkit.protocol.messages import HelloReply

CLOCK_TOLERANCE: Final = 0.05
"""Crystals are right to 0.01 %, RC oscillators of microcontrollers to 1 to 3 %; another setting of a PLL is farther off."""
_WIDEST_BAND: Final = 1.2
"""The most by the least: a wider band of the timer says nothing about 5 %."""
_US_PER_S: Final = 1_000_000


def tells_time(board: Board) -> bool:
    """False on an emulator: what it counts, cycles too, passes as fast as the host computes."""
    return board.core_facts.is_host or not board.is_emulated


def clock_of(board: Board, unit: TickUnit, timer: TimerRun | None, kernels: Sequence[KernelRow]) -> tuple[float, float] | None:
    """MHz of the core, the least and the most: measured where the board counts cycles, else estimated where it counts microseconds."""
    if not tells_time(board):
        return None
    if unit == "cycles" and timer is not None:
        return timer.ticks_per_s[0] / 1e6, timer.ticks_per_s[2] / 1e6
    long_run = next((row for row in kernels if row.name == LONG_RUN), None)
    if unit != "us" or long_run is None or not long_run.ticks or not long_run.predicted_cycles or board.core_facts.is_host:
        return None
    least, most = long_run.predicted_cycles
    return least / max(1, long_run.ticks[1]), most / max(1, long_run.ticks[1])


def judge(board: Board, hello: HelloReply, report: BoardReport) -> tuple[CheckRow, ...]:
    """Every check of what `report` measured, in the order in which people read them."""
    return (
        _outputs(report.kernels, report.image.golden),
        _identity(board, hello),
        _timer(board, report.timer),
        _memory(report.image),
        _stack(board, report.image),
        _buffers(board, hello),
        *map(_line, report.lines),
    )


def _answer(holds: bool) -> Answer:
    return "yes" if holds else "no"


def _outputs(kernels: Sequence[KernelRow], golden: str) -> CheckRow:
    wrong = [f"{row.name} ({row.differing_bytes:,} bytes)" for row in kernels if row.differing_bytes]
    measured = f"byte-equal to {golden}: {len(kernels)} models" if not wrong else f"different from {golden}: {', '.join(wrong)}"
    return CheckRow("outputs", _answer(not wrong), measured, "every byte equal")


def _identity(board: Board, hello: HelloReply) -> CheckRow:
    holds = (hello.board, hello.clock_hz) == (board.id[:31], board.clock_hz)
    return CheckRow("firmware", _answer(holds), f"{hello.board} at {hello.clock_hz:,} Hz", f"{board.id} at {board.clock_hz:,} Hz")


def _timer(board: Board, timer: TimerRun | None) -> CheckRow:
    unit = board.ticks.unit
    expected_per_s = board.clock_hz if unit == "cycles" else _US_PER_S
    expected = f"{expected_per_s / 1e6:g} M {unit} a second of the host, within {CLOCK_TOLERANCE:.0%}"
    if timer is None:
        return CheckRow("timer", "no", "the counter stands still", expected)
    least, likely, most = timer.ticks_per_s
    measured = f"{likely / 1e6:,.4g} M {unit} a second of the host ({least / 1e6:,.4g} to {most / 1e6:,.4g})"
    if not tells_time(board):
        return CheckRow("timer", "not judged", measured, "an emulator's counter is no clock")
    if most > _WIDEST_BAND * least:
        return CheckRow("timer", "not judged", measured, f"the band is wider than {_WIDEST_BAND:g} : 1, a longer run (--seconds) may tell")
    holds = least <= (1 + CLOCK_TOLERANCE) * expected_per_s and most >= (1 - CLOCK_TOLERANCE) * expected_per_s
    return CheckRow("timer", _answer(holds), measured, expected)


def _memory(image: CheckedImage) -> CheckRow:
    ram_bytes = image.ram_bytes + image.stack_reserved_bytes
    holds = image.flash_bytes <= image.flash_available_bytes and ram_bytes <= image.ram_available_bytes
    measured = f"flash {image.flash_bytes:,} bytes, RAM with the stack {ram_bytes:,}"
    return CheckRow("memory", _answer(holds), measured, f"at most {image.flash_available_bytes:,} and {image.ram_available_bytes:,}")


def _stack(board: Board, image: CheckedImage) -> CheckRow:
    expected = f"at least {board.stack_bytes:,} bytes reserved, not all of them used"
    if not image.stack_reserved_bytes:
        return CheckRow("stack", "not judged", "no high-water mark", "the core gives the firmware no way to look at its stack")
    holds = image.stack_reserved_bytes >= board.stack_bytes and 0 < image.stack_used_bytes < image.stack_reserved_bytes
    return CheckRow("stack", _answer(holds), f"{image.stack_used_bytes:,} of {image.stack_reserved_bytes:,} bytes used", expected)


def _buffers(board: Board, hello: HelloReply) -> CheckRow:
    holds = hello.max_payload_bytes == board.link.max_payload_bytes and hello.window_frames <= board.link.window_frames
    measured = f"{hello.max_payload_bytes:,} bytes, {hello.window_frames} frames"
    return CheckRow(
        "buffers", _answer(holds), measured, f"{board.link.max_payload_bytes:,} bytes, at most {board.link.window_frames} frames"
    )


def _line(run: LineRun) -> CheckRow:
    damaged = run.damaged_at_board + run.damaged_at_host
    measured = (
        f"{run.echoed_bytes_per_s:,.0f} bytes/s each way of {run.line_bytes_per_s:,.0f}, short echo {run.round_trip_us[1]:,.0f} us, "
        f"{run.frames_lost:,} lost and {damaged:,} damaged of {run.frames_sent:,} frames"
    )
    return CheckRow(f"line at {run.baud} baud", _answer(run.frames_lost == damaged == 0), measured, "no frame lost or damaged")
