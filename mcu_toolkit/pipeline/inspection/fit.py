"""`mcu fit`: boards and runtimes that a model fits, with what it will take there, before anything is built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mcu_toolkit.boards import Board
from mcu_toolkit.errors import McuError
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.inspection.fit_row import FitModel, FitRow, Subject
from mcu_toolkit.pipeline.inspection.fit_text import fit_lines
from mcu_toolkit.pipeline.inspection.remedies import Question, would_fit
from mcu_toolkit.pipeline.inspection.room import Decision, decide, decide_together
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.report import Limits
from mcu_toolkit.runtimes import PlansMemory, Runtime, all_runtimes, get_runtime
from mcu_toolkit.runtimes.base import RuntimeOptions


@dataclass(frozen=True)
class FitResult:
    """What `mcu fit` found."""

    rows: tuple[FitRow, ...]
    models: tuple[FitModel, ...]


@dataclass(frozen=True)
class FitRequest:
    """What is asked."""

    models: tuple[Model, ...]
    boards: tuple[Board, ...]
    runtimes: tuple[str, ...]
    """Empty: every runtime."""
    choices: RuntimeOptions
    must_fit: frozenset[str]
    """Ids of boards that were named: one that the model does not fit is a no."""
    limits: Limits = field(default_factory=Limits)
    """What a model may take of a board that has more, of measures in `OF_A_PREDICTION`."""
    together: bool = False
    """One firmware with all models, instead of one for each."""

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """The firmwares that are asked about."""
        return (Subject(self.models),) if self.together else tuple(Subject((model,)) for model in self.models)


def fit(request: FitRequest) -> StepResult[FitResult]:
    """Every firmware on every board with every runtime; the verdict is no where a named board has no runtime that fits.

    Raises InputError for a library of the user's that cannot be used.
    """
    _look_at_library(request)
    found = [(subject, [(board, _rows(subject, board, request)) for board in request.boards]) for subject in request.subjects]
    rows = tuple(row for _, boards in found for _, of in boards for row in of)
    named = (of for _, boards in found for board, of in boards if board.id in request.must_fit)
    fails = any(all(row.verdict != "fits" for row in of) for of in named)
    lines = [line for subject, boards in found for line in fit_lines(subject, boards)]
    models = tuple(FitModel(model.name, model.sha256) for model in request.models)
    return StepResult("fit", tuple(lines), FitResult(rows, models), verdict="fail" if fails else "pass")


def boards_that_fit(model: Model, boards: Sequence[Board]) -> list[Board]:
    """Those that take the model with their default runtime."""
    return [board for board in boards if decide(model, get_runtime(board.default_runtime), board).fits]


def _rows(subject: Subject, board: Board, request: FitRequest) -> list[FitRow]:
    named = request.runtimes or _asked_about(request.choices)
    rows = []
    for name in named:
        try:
            runtime = get_runtime(name).configured(_own_choices(get_runtime(name), request))
            decision = decide_together(subject.models, runtime, board)
        except McuError as error:
            decision, runtime = Decision("unsupported", None, (error.what,)), get_runtime(name)
        helps = () if decision.verdict != "does not fit" else would_fit(_question(subject, board, runtime, request, decision))
        judged = _within(request.limits.on(board.id), decision)
        rows.append(_row(subject if len(request.models) > 1 else None, board, runtime, judged, helps))
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


def _look_at_library(request: FitRequest) -> None:
    """One that was named for nothing is bad input, not a runtime that does not take the model."""
    if request.choices.tflm_library is not None:
        for runtime in all_runtimes():
            runtime.configured(_own_choices(runtime, replace(request, runtimes=()))).settings(request.boards[0])


def _own_choices(runtime: Runtime, request: FitRequest) -> RuntimeOptions:
    """What concerns it of the user's choices, which are about every runtime that has them; of a compiler's options one that was named has
    to take all."""
    choices = request.choices
    takes_library = any(key.option == "tflm_library" for key in runtime.traits.config.values())
    choices = choices if takes_library else replace(choices, tflm_library=None)
    return choices if request.runtimes or isinstance(runtime, PlansMemory) else replace(choices, optimize=None, max_arena_bytes=None)


def _question(subject: Subject, board: Board, runtime: Runtime, request: FitRequest, decision: Decision) -> Question:
    others = tuple(one.configured(_own_choices(one, replace(request, runtimes=()))) for one in all_runtimes())
    return Question(subject.models, board, runtime, _own_choices(runtime, request), decision, others)


def _row(named: Subject | None, board: Board, runtime: Runtime, decision: Decision, helps: tuple[str, ...]) -> FitRow:
    """`named`: the firmware where there is more than one model to tell apart."""
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
        model=None if named is None else named.name,
        together=None if named is None or len(named.models) < 2 else tuple(model.name for model in named.models),
    )
