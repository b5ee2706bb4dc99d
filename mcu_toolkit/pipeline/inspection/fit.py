"""`mcu fit`: boards and runtimes that a model fits, with what it will take there, before anything is built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from mcu_toolkit.boards import Board
from mcu_toolkit.errors import McuError
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.inspection.remedies import Question, would_fit
from mcu_toolkit.pipeline.inspection.room import Decision, Verdict, answer, core_share, decide, has_foreign_core
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.report import Limits
from mcu_toolkit.report.cycles import band_text, time_text
from mcu_toolkit.runtimes import PlansMemory, Runtime, all_runtimes, get_runtime
from mcu_toolkit.runtimes.base import RuntimeOptions
from mcu_toolkit.system.records import OPTIONAL
from mcu_toolkit.units import format_bytes


@dataclass(frozen=True)
class FitRow:
    """A model on a board with a runtime."""

    board: str
    runtime: str
    verdict: Verdict
    flash_bytes: int | None
    """None where the runtime refuses the model.  On boards with an Arduino core this and RAM are our firmware's part."""
    ram_bytes: int | None
    """Without the stack."""
    arena_bytes: int | None
    stack_bytes: int | None
    cycles: tuple[int, int] | None
    """The least and the most of one inference; None where the core's cycles are not known."""
    why: tuple[str, ...]
    would_fit: tuple[str, ...]
    model: str | None = field(default=None, metadata=OPTIONAL)
    """Where several were asked about."""


@dataclass(frozen=True)
class FitResult:
    """What `mcu fit` found."""

    rows: tuple[FitRow, ...]


@dataclass(frozen=True)
class FitRequest:
    """What is asked."""

    models: tuple[Model, ...]
    boards: tuple[Board, ...]
    runtimes: tuple[str, ...]
    """Empty: every runtime."""
    choices: RuntimeOptions
    must_fit: bool
    """Boards that were named: one that the model does not fit is a no."""
    limits: Limits = field(default_factory=Limits)
    """What a model may take of a board that has more, of measures in `OF_A_PREDICTION`."""


def fit(request: FitRequest) -> StepResult[FitResult]:
    """Every model on every board with every runtime; the verdict is no where a named board has no runtime that fits."""
    several = len(request.models) > 1
    found = [(model, board, _rows(model, board, request, several=several)) for model in request.models for board in request.boards]
    rows = tuple(row for _, _, of in found for row in of)
    fails = request.must_fit and any(all(row.verdict != "fits" for row in of) for _, _, of in found)
    lines = [line for model in request.models for line in _lines(model, [one for one in found if one[0] is model], request)]
    return StepResult("fit", tuple(lines), FitResult(rows), verdict="fail" if fails else "pass")


def boards_that_fit(model: Model, boards: Sequence[Board]) -> list[Board]:
    """Those that take the model with their default runtime."""
    return [board for board in boards if decide(model, get_runtime(board.default_runtime), board).fits]


def _rows(model: Model, board: Board, request: FitRequest, *, several: bool) -> list[FitRow]:
    named = request.runtimes or _asked_about(request.choices)
    rows = []
    for name in named:
        try:
            runtime = _configured(get_runtime(name), request)
            decision = decide(model, runtime, board)
        except McuError as error:
            decision, runtime = Decision("unsupported", None, (error.what,)), get_runtime(name)
        helps = () if decision.verdict != "does not fit" else would_fit(Question(model, board, runtime, request.choices, decision))
        judged = _within(request.limits.on(board.id), decision)
        rows.append(_row(model.name if several else None, board, runtime, judged, helps))
    return rows


def _within(limits: Limits, decision: Decision) -> Decision:
    """The decision, which is no where the prediction exceeds a limit; of cycles the most that they may be counts."""
    found = decision.prediction
    if found is None:
        return decision
    values: dict[str, float | None] = {
        "flash": found.flash_bytes,
        "ram": found.ram_bytes,
        "arena": found.arena_bytes,
        "stack": found.stack_bytes,
        "cycles": None if found.cycles is None else found.cycles[1],
    }
    reasons = limits.exceeded(values)
    return replace(decision, verdict="does not fit", why=(*reasons, *decision.why)) if reasons else decision


def _asked_about(choices: RuntimeOptions) -> tuple[str, ...]:
    """The runtimes where none is named: all, or with options of a compiler those that have one."""
    of_a_compiler = choices.optimize is not None or choices.max_arena_bytes is not None
    return tuple(runtime.name for runtime in all_runtimes() if isinstance(runtime, PlansMemory) or not of_a_compiler)


def _configured(runtime: Runtime, request: FitRequest) -> Runtime:
    """Options of the compiler are for runtimes that have it; a runtime that was named has to take them all."""
    return runtime.configured(request.choices) if request.runtimes or isinstance(runtime, PlansMemory) else runtime


def _row(name: str | None, board: Board, runtime: Runtime, decision: Decision, helps: tuple[str, ...]) -> FitRow:
    found = decision.prediction
    return FitRow(
        board=board.id,
        runtime=runtime.name,
        verdict=decision.verdict,
        flash_bytes=None if found is None else found.flash_bytes,
        ram_bytes=None if found is None else found.ram_bytes,
        arena_bytes=None if found is None else found.arena_bytes,
        stack_bytes=None if found is None else found.stack_bytes,
        cycles=None if found is None else found.cycles,
        why=decision.why,
        would_fit=helps,
        model=name,
    )


def _lines(model: Model, found: Sequence[tuple[Model, Board, list[FitRow]]], request: FitRequest) -> Iterator[str]:
    few = len(request.boards) <= 2
    yield f"{model.name}, {format_bytes(len(model.content))}: predicted, nothing was built (K = 1,024 bytes)"
    yield f"{'board':17}{'with':5}{'flash':>8}{'arena':>8}{'stack':>7}{'RAM left':>9}  {'M cycles':11} verdict"
    yield from (_line(row, board) for _, board, rows in found for row in rows)
    for _, board, rows in found:
        for row in rows:
            if few or (row.verdict != "fits" and row.runtime == board.default_runtime):
                yield from _details(row, board)
    if any(has_foreign_core(board) for board in request.boards):
        yield "+ core: the board's Arduino core comes on top; its share is unknown before a build, or a published figure (-b BOARD says)"
    if any(row.runtime == "tflm" for _, _, rows in found for row in rows):
        yield "tflm: from figures of one library of 2026-11-22, within about 10 % (docs/how-to/fit.md)"


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
        yield f"  {row.board}, {row.runtime}: {time_text(row.cycles, board.clock_hz)} an inference"
    yield from (f"  {row.board}, {row.runtime}: {line}" for line in row.why)
    for line in row.would_fit:
        yield f"    would fit with {line}" if line.startswith("--") else f"    {line}"


def _kilo(size_bytes: int) -> str:
    """`117.8K`, `640` below 1 K, with its sign."""
    return f"{size_bytes:,}" if abs(size_bytes) < 1024 else f"{size_bytes / 1024:,.1f}K"
