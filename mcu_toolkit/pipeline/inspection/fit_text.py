"""What `mcu fit` found as a table for people: the rows of a firmware, why, and what would help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mcu_toolkit.boards import Board
from mcu_toolkit.pipeline.inspection.fit_row import FitRow, Subject
from mcu_toolkit.pipeline.inspection.room import CORE_ON_TOP, Decision, answer, core_share, has_foreign_core
from mcu_toolkit.report.cycles import band_text, time_text

_OF_AN_INTERPRETER = "interpreter: "
"""Begins the reason that names the library whose figures count (runtimes/tflm/prediction.py)."""


def fit_lines(subject: Subject, found: Sequence[tuple[Board, Sequence[FitRow]]]) -> Iterator[str]:
    """A title, a line for each row of `found`, why and what would help, and what the marks mean."""
    few = len(found) <= 2
    yield f"{subject.title}: predicted, nothing was built (K = 1,024 bytes, M = 1,024 K)"
    yield f"{'board':17}{'with':5}{'flash':>8}{'arena':>8}{'stack':>7}{'RAM left':>9}  {'M cycles':11} verdict"
    yield from (_line(row, board) for board, rows in found for row in rows)
    for board, rows in found:
        for row in rows:
            if few or (row.verdict != "fits" and row.runtime == board.default_runtime):
                yield from _details(row, board)
    if any(has_foreign_core(board) for board, _ in found):
        yield f"{CORE_ON_TOP} (-b BOARD says)"
    reasons = (line for _, rows in found for row in rows for line in row.why)
    libraries = (line.partition(",")[0].partition(";")[0] for line in reasons if line.startswith(_OF_AN_INTERPRETER))
    yield from (f"{line}, within 10 % or 4 KB (docs/how-to/fit.md)" for line in dict.fromkeys(libraries))


def _line(row: FitRow, board: Board) -> str:
    verdict = answer(Decision(row.verdict, None, row.why)).partition(":")[0].partition(",")[0]
    name = f"{row.board:17}{row.runtime:5}"
    if row.flash_bytes is None or row.ram_bytes is None or row.arena_bytes is None:
        return f"{name}{'-':>8}{'-':>8}{'-':>7}{'-':>9}  {'-':11} {verdict}"
    left = board.ram.length_bytes - core_share(board).ram_bytes - board.stack_bytes - row.ram_bytes
    cycles = "-" if row.cycles is None else band_text(row.cycles)
    return f"{name}{_kilo(row.flash_bytes):>8}{_kilo(row.arena_bytes):>8}{row.stack_bytes:>7,}{_kilo(left):>9}  {cycles:11} {verdict}"


def _details(row: FitRow, board: Board) -> Iterator[str]:
    """Why, how long, and what would help."""
    if row.cycles is not None and board.clock_hz:
        yield f"  {row.board}, {row.runtime}: {time_text(row.cycles, board.clock_hz)} an inference{' of each' if row.together else ''}"
    yield from (f"  {row.board}, {row.runtime}: {line}" for line in row.why)
    for line in row.would_fit:
        yield f"    would fit with {line}" if line.startswith("--") else f"    {line}"


def _kilo(size_bytes: int) -> str:
    """`640`, `117.8K`, `2.35M`, with its sign: at most seven characters, so that columns stay apart."""
    if abs(size_bytes) < 1024:
        return f"{size_bytes}"
    return f"{size_bytes / 1024:.1f}K" if abs(size_bytes) < 1000 * 1024 else f"{size_bytes / 1024**2:.2f}M"
