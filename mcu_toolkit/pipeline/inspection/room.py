"""Does firmware with a model fit a board?  The one decision, before anything is built, for every command that has to say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mcu_toolkit.artifacts import Incompatibility
from mcu_toolkit.boards import Board, CoreShare
from mcu_toolkit.errors import InputError, McuError, NotSatisfiedError, UnsupportedModelError
from mcu_toolkit.model import Model, kind_of
from mcu_toolkit.pipeline.inspection import memory_check
from mcu_toolkit.pipeline.workspace.decisions import findings_of
from mcu_toolkit.runtimes.base import Prediction, PredictsSize, Runtime

Verdict = Literal["fits", "does not fit", "unsupported"]

CORE_SHARE = "the Arduino core's own share of flash and RAM is unknown"
"""What is said of every board whose framework brings code that was never linked here."""

CORE_ON_TOP = "+ core: the board's Arduino core comes on top; its share is unknown before a build, or a published figure"
"""What the mark means beside boards that fit."""


@dataclass(frozen=True)
class Decision:
    """What was decided, from what, and why."""

    verdict: Verdict
    prediction: Prediction | None
    """None where the runtime refuses the model."""
    why: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """True only where every part is known to fit."""
        return self.verdict == "fits"


def decide(model: Model, runtime: Runtime, board: Board) -> Decision:
    """Whether firmware with `model` alone fits `board`; what is not certain counts as not fitting."""
    return decide_together((model,), runtime, board)


def decide_together(models: Sequence[Model], runtime: Runtime, board: Board) -> Decision:
    """Whether one firmware with all of `models` fits `board`; what is not certain counts as not fitting."""
    try:
        for model in models:
            refused = _refused(model, runtime, board)
            if refused:
                of = f"{model.name}: " if len(models) > 1 else ""
                return Decision("unsupported", None, tuple(f"{of}{reason}" for reason in refused))
        return _decide_by_size(models, runtime, board)
    except NotSatisfiedError as no:
        return Decision("does not fit", None, (no.what,))
    except UnsupportedModelError as no:
        # An arena limit that nothing reaches is a matter of room; anything else the runtime cannot run.
        limited = no.expected is not None and "--max-arena" in no.expected
        return Decision("does not fit" if limited else "unsupported", None, (_one_line(no),))
    except InputError as no:
        return Decision("unsupported", None, (_one_line(no),))


def _refused(model: Model, runtime: Runtime, board: Board) -> tuple[str, ...]:
    """Why `runtime` cannot run the model on `board`; empty where it can."""
    kind = kind_of(model)
    if not kind.runs_on_boards:
        return (f"{kind.label}: {kind.meaning}; {kind.remedy}",)
    return _refusals(findings_of(runtime, model, board))


def _decide_by_size(models: Sequence[Model], runtime: Runtime, board: Board) -> Decision:
    if board.core_facts.is_host:
        return Decision("fits", None, ("this machine: its memory is no limit",))
    prediction = predict(models, runtime, board)
    short = shortfalls(board, prediction)
    notes = (*((_core_note(board),) if has_foreign_core(board) else ()), *prediction.notes)
    return Decision("does not fit" if short else "fits", prediction, (*short, *notes))


def predict(models: Sequence[Model], runtime: Runtime, board: Board) -> Prediction:
    """What the firmware will take.  Raises NotSatisfiedError for a core of which no sizes are known, and what the runtime raises."""
    if not isinstance(runtime, PredictsSize):
        memory_check.check_estimate(runtime.contribute(models, board), models, board)
        raise NotSatisfiedError(f"the {runtime.name} runtime does not know its size before a build", on=board.id)
    try:
        return runtime.predict(models, board)
    except KeyError:
        raise NotSatisfiedError(f"no sizes of code are known for core {board.core}", on=board.id, hint="mcu build says them") from None


def shortfalls(board: Board, found: Prediction) -> tuple[str, ...]:
    """Everything that the board may not have enough of; empty where it certainly fits, an Arduino core's own share left out."""
    there, share = f"{{:,}} bytes on {board.id}", core_share(board)
    ram_bytes = found.ram_bytes + share.ram_bytes + board.stack_bytes
    short = _over("flash", (found.flash_bytes + share.flash_bytes, found.flash_error_bytes), board.program_flash_bytes, there)
    short += _over("RAM with the stack", (ram_bytes, found.ram_error_bytes), board.ram.length_bytes, there)
    if not has_foreign_core(board):
        reserved = f"{{:,}} bytes reserved on {board.id}"
        short += _over("the stack", (found.stack_bytes, found.stack_error_bytes), board.stack_bytes, reserved)
    return tuple(short)


def has_foreign_core(board: Board) -> bool:
    """True where a vendor's framework brings code and variables of its own."""
    return bool(board.platformio.framework)


def core_share(board: Board) -> CoreShare:
    """What is known of a vendor's framework; nothing where there is none, or nothing is known."""
    return board.core_share or CoreShare(0, 0, "")


def _core_note(board: Board) -> str:
    share = board.core_share
    if share is None:
        return f"+ core, unknown: {CORE_SHARE}"
    return f"+ core, about: {share.flash_bytes:,} bytes of flash and {share.ram_bytes:,} of RAM are counted for it ({share.source})"


def answer(decision: Decision) -> str:
    """In few words: `fits`, `fits + core, unknown` (or `about`, where a figure was published), or why not."""
    if not decision.fits:
        return f"{decision.verdict}: {decision.why[0]}" if decision.why else decision.verdict
    core = next((line for line in decision.why if line.startswith("+ core")), "")
    return f"fits {core.partition(':')[0]}".rstrip()


def _over(what: str, size_and_error: tuple[int, int], limit_bytes: int, limit: str) -> list[str]:
    """Nothing where the size and its error are within the limit; `limit` says it in words."""
    size_bytes, error_bytes = size_and_error
    there = limit.format(limit_bytes)
    if size_bytes > limit_bytes:
        return [f"{what} needs {size_bytes:,} of {there}: {size_bytes - limit_bytes:,} too many"]
    if size_bytes + error_bytes > limit_bytes:
        return [f"{what} needs about {size_bytes:,} of {there}: within the prediction's error of {error_bytes:,}, only a build can tell"]
    return []


def _refusals(findings: Sequence[Incompatibility]) -> tuple[str, ...]:
    lines = [f"{one.where}: {one.found}; expected {one.expected}" for one in findings]
    return (*lines[:3], *([f"and {len(lines) - 3} more"] if len(lines) > 3 else []))


def _one_line(error: McuError) -> str:
    return " ".join(line.strip() for line in error.what.splitlines()[:2])
