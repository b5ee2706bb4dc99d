"""What is not as the board's file says is called so, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.pipeline.board_check.judge import clock_of, judge
from mcu_toolkit.pipeline.board_check.record import BoardReport, TimerRun
from mcu_toolkit.protocol.messages import HelloReply
from tests.pipeline.board_check.reports import BOARD, LINE, report

HELLO = HelloReply(1, BOARD.link.max_payload_bytes, BOARD.link.window_frames, 0, BOARD.clock_hz, 2, 3, 0, BOARD.id, "aot", "0.1.0")


def answers(found: BoardReport, hello: HelloReply = HELLO) -> dict[str, str]:
    return {row.name: row.as_board_file for row in judge(BOARD, hello, found)}


def timer(share: float, width: float = 0.002) -> TimerRun:
    """Of a board whose clock runs at `share` of what its file says."""
    per_s = share * BOARD.clock_hz
    return TimerRun(200, round(2 * per_s), 2.1, (per_s * (1 - width), per_s, per_s * (1 + width)))


def test_a_board_as_its_file_says_has_no_other_answer() -> None:
    assert set(answers(report()).values()) == {"yes"}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("outputs", replace(report(), kernels=(replace(report().kernels[0], differing_bytes=1), *report().kernels[1:]))),
        ("timer", replace(report(), timer=timer(16 / 180))),
        ("timer", replace(report(), timer=timer(1.06))),
        ("timer", replace(report(), timer=timer(0.94))),
        ("timer", replace(report(), timer=None)),
        ("memory", replace(report(), image=replace(report().image, ram_bytes=131_072))),
        ("stack", replace(report(), image=replace(report().image, stack_used_bytes=BOARD.stack_bytes))),
        ("stack", replace(report(), image=replace(report().image, stack_reserved_bytes=BOARD.stack_bytes - 8))),
        ("line at 115200 baud", replace(report(), lines=(replace(LINE, frames_lost=1),))),
        ("line at 115200 baud", replace(report(), lines=(replace(LINE, damaged_at_board=1),))),
        ("line at 115200 baud", replace(report(), lines=(replace(LINE, damaged_at_host=1),))),
    ],
)
def test_each_fault_is_said_of_its_own_row_alone(name: str, wrong: BoardReport) -> None:
    assert [row for row, answer in answers(wrong).items() if answer == "no"] == [name]


@pytest.mark.parametrize(
    ("name", "hello"),
    [
        ("firmware", replace(HELLO, board="nucleo_l4r5zi")),
        ("firmware", replace(HELLO, clock_hz=16_000_000)),
        ("buffers", replace(HELLO, max_payload_bytes=128)),
        ("buffers", replace(HELLO, window_frames=60)),
    ],
)
def test_firmware_that_says_something_else_is_found(name: str, hello: HelloReply) -> None:
    assert [row for row, answer in answers(report(), hello).items() if answer == "no"] == [name]


@pytest.mark.parametrize("share", [0.96, 1.0, 1.04])
def test_a_clock_within_the_tolerance_of_an_rc_oscillator_is_accepted(share: float) -> None:
    assert answers(replace(report(), timer=timer(share)))["timer"] == "yes"


def test_what_cannot_be_told_is_not_judged() -> None:
    vague = replace(report(), timer=timer(0.5, width=0.3), image=replace(report().image, stack_reserved_bytes=0, stack_used_bytes=0))
    found = answers(vague)
    assert (found["timer"], found["stack"]) == ("not judged", "not judged")


@pytest.mark.parametrize("board_id", ["netduinoplus2", "pico-bare"])
def test_an_emulator_s_counter_is_no_clock_whatever_it_counts(board_id: str) -> None:
    board = load_board(board_id)
    rows = judge(board, replace(HELLO, board=board.id, clock_hz=board.clock_hz), report())
    assert next(row for row in rows if row.name == "timer").as_board_file == "not judged"
    assert clock_of(board, board.ticks.unit, timer(1.0), report().kernels) is None


def test_the_clock_is_measured_in_cycles_and_estimated_from_microseconds() -> None:
    assert clock_of(BOARD, "cycles", timer(1.0), report().kernels) == pytest.approx((179.64, 180.36))
    in_us = tuple(
        replace(row, ticks=None if row.ticks is None else tuple(round(ticks / 180) for ticks in row.ticks)) for row in report().kernels
    )  # type: ignore[arg-type]
    least, most = clock_of(BOARD, "us", timer(1.0), in_us) or (0.0, 0.0)
    assert (least, most) == pytest.approx((1_425_286 / 10_000, 2_569_723 / 10_000))
    assert clock_of(BOARD, "instructions", timer(1.0), report().kernels) is None
    assert clock_of(load_board("host"), "us", timer(1.0), report().kernels) is None
