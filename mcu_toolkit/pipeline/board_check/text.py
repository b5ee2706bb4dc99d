"""A board's report for people: at most 25 lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mcu_toolkit.pipeline.board_check.record import BoardReport, CheckRow, KernelRow

_MARKS: Final = {"yes": "ok", "no": "NO", "not judged": "-"}


def report_lines(report: BoardReport) -> tuple[str, ...]:
    """The checks, what the core and its flash do, and the kernels beside what `mcu fit` estimates."""
    board = report.board
    title = f"{board.id} ({board.mcu}, {board.core}), {board.kind} board, build {report.image.build_id}"
    return (title, *map(_check_line, report.checks), _speed_line(report), *_kernel_lines(report))


def _check_line(row: CheckRow) -> str:
    expected = {"yes": "", "no": f"; expected {row.expected}", "not judged": f"; not judged: {row.expected}"}[row.as_board_file]
    return f"  {_MARKS[row.as_board_file]:3} {row.name:20} {row.measured}{expected}"


def _speed_line(report: BoardReport) -> str:
    if report.clock_mhz is None:
        return "      clock and flash      the board reports no time to tell them by"
    least, most = report.clock_mhz
    clock = f"{least:,.4g} to {most:,.4g} MHz, {report.clock_is}"
    read = report.flash_read
    flash = "" if read is None else f"; dense layer reads {read.constants_bytes:,} bytes of constants at {read.bytes_per_us:,.3g} bytes/us"
    return f"      clock and flash      {clock}{flash}"


def _kernel_lines(report: BoardReport) -> Iterator[str]:
    yield f"kernel           {'MACs':>9} {'constants':>9} {report.tick_unit or 'ticks':>12} {'estimated cycles (mcu fit)':>28}"
    for row in report.kernels:
        yield f"  {row.name:14} {row.macs:>9,} {row.constants_bytes:>9,} {_ticks(row):>12} {_predicted(row):>28}"


def _ticks(row: KernelRow) -> str:
    return "-" if row.ticks is None else f"{row.ticks[1]:,}"


def _predicted(row: KernelRow) -> str:
    return "not known" if row.predicted_cycles is None else "{:,} to {:,}".format(*row.predicted_cycles)
