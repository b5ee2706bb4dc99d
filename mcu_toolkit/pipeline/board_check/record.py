"""What `mcu boards check` measured: the content of board-report.json (docs/reference/board-report.md, docs/board-report-schema.json).

Nothing in it names the machine, the user, a port or a folder: it is meant to be sent to others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

REPORT_VERSION: Final = 1
"""Of the fields below; a reader refuses another one."""
Answer = Literal["yes", "no", "not judged"]
TickUnit = Literal["", "instructions", "cycles", "us"]


@dataclass(frozen=True)
class CheckedBoard:
    """What the board's file says."""

    id: str
    name: str
    mcu: str
    core: str
    clock_hz: int
    kind: Literal["real", "emulated", "local"]
    own_file: bool
    """True for a board file of the user's, which is not shipped."""


@dataclass(frozen=True)
class CheckedImage:
    """The probe firmware that was on the board."""

    runtime: str
    build_id: str
    compiler: str
    """Empty where the image does not tell."""
    golden: str
    """The runner that the outputs were compared with."""
    flash_bytes: int
    ram_bytes: int
    """Without the stack."""
    flash_available_bytes: int
    """By the board's file."""
    ram_available_bytes: int
    stack_reserved_bytes: int
    """As the firmware says; 0 where the core's stack cannot be looked at."""
    stack_used_bytes: int
    """High-water mark at the end of all measurements."""


@dataclass(frozen=True)
class KernelRow:
    """One model of the probe firmware: one kernel, but for `long_run`."""

    name: str
    operator: str
    macs: int
    constants_bytes: int
    """Weights, biases and multipliers that an inference reads from flash."""
    samples: int
    differing_bytes: int
    """Of all outputs, from the golden ones."""
    ticks: tuple[int, int, int] | None
    """The least, the median and the most of an inference, in the board's unit; None where it has no counter."""
    predicted_cycles: tuple[int, int] | None
    """The least and the most, as `mcu fit` estimates them before a build; None where nothing is known of the core."""


@dataclass(frozen=True)
class TimerRun:
    """Many inferences of `long_run`, timed by both clocks."""

    inferences: int
    ticks: int
    """Of all inferences together."""
    host_s: float
    """Of the host's clock, from the requests to the answers."""
    ticks_per_s: tuple[float, float, float]
    """The least, the likely and the most per second of the host, by the tenth of the inferences that were fastest: of each the way there
    and back is taken off, as long as the shortest, the median and the 90th percentile of ECHO frames of the same size."""


@dataclass(frozen=True)
class FlashRead:
    """By the dense layer that reads its weights once: a lower bound of what the flash delivers, since the layer computes as well."""

    constants_bytes: int
    time_us: float
    bytes_per_us: float


@dataclass(frozen=True)
class LineRun:
    """ECHO at one baud rate, of the longest payload the board takes, as many on their way as it allows."""

    baud: int
    payload_bytes: int
    window_frames: int
    seconds: float
    echoed_bytes: int
    """One way; as many came back."""
    echoed_bytes_per_s: float
    line_bytes_per_s: float
    """What the baud rate can carry in one direction, 10 bits a byte; an emulated or USB port may carry more."""
    round_trip_us: tuple[float, float]
    """The least and the median of a short ECHO alone on the line."""
    frames_sent: int
    frames_lost: int
    """That the host sent and the board never counted as whole."""
    damaged_at_board: int
    damaged_at_host: int
    """Pieces between two delimiters that were no frames."""
    sent_again: int
    """Requests; a host that is late sends again too, without any loss."""


@dataclass(frozen=True)
class CheckRow:
    """One thing that was checked: `no` ends the command with exit code 1."""

    name: str
    as_board_file: Answer
    measured: str
    expected: str
    """With its limit."""


@dataclass(frozen=True)
class BoardReport:
    """The whole report."""

    report_version: int
    date: str
    """Of the measurement, `2026-11-30`."""
    board: CheckedBoard
    image: CheckedImage
    tick_unit: TickUnit
    """What the board counts; empty where it has no counter that works."""
    kernels: tuple[KernelRow, ...]
    timer: TimerRun | None
    """None where the board has no counter."""
    clock_mhz: tuple[float, float] | None
    """The least and the most of the core's clock; None where nothing says it."""
    clock_is: Literal["measured", "estimated", ""]
    """`measured`: cycles by the host's clock; `estimated`: cycles that `mcu fit` predicts by the board's microseconds."""
    flash_read: FlashRead | None
    """None where the board reports no time."""
    lines: tuple[LineRun, ...]
    """The board's own rate first."""
    checks: tuple[CheckRow, ...]
