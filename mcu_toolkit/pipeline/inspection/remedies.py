"""What would make a model fit a board that it does not fit: options, other runtimes, and how much smaller it must become."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mcu_toolkit.boards import Board
from mcu_toolkit.errors import McuError
from mcu_toolkit.model import Model, kind_of
from mcu_toolkit.pipeline.inspection.room import Decision, core_share, decide_together, has_foreign_core
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.base import PlansMemory, Prediction, PredictsSize, Runtime, RuntimeOptions

_ROOM_FOR_SMALLEST = 1 << 10


@dataclass(frozen=True)
class Question:
    """Models of one firmware that do not fit."""

    models: tuple[Model, ...]
    board: Board
    runtime: Runtime
    choices: RuntimeOptions
    """What the user asked for."""
    decision: Decision
    others: tuple[Runtime, ...]
    """Every runtime with the user's choices, to be tried instead."""


def would_fit(question: Question) -> tuple[str, ...]:
    """Sentences, those that cost nothing first; empty where nothing is known to help."""
    return tuple(_options(question)) + tuple(_other_runtimes(question)) + tuple(_fewer_models(question)) + tuple(_smaller(question))


def _options(question: Question) -> Iterator[str]:
    """Goals and limits of the compiler that make it fit as it is."""
    choices, found = question.choices, question.decision.prediction
    if not isinstance(question.runtime, PlansMemory) or choices.optimize == "ram":
        return
    smallest = _with(question, replace(choices, optimize="ram", max_arena_bytes=None))
    if smallest is not None and smallest.fits and smallest.prediction is not None:
        arena_bytes = smallest.prediction.arena_bytes
        before = "" if found is None else f" instead of {found.arena_bytes:,}"
        yield f"--optimize ram: an arena of {arena_bytes:,} bytes{before}"
        allowed_bytes = _allowed_arena_bytes(question.board, smallest.prediction)
        if found is not None and arena_bytes < allowed_bytes < found.arena_bytes and not has_foreign_core(question.board):
            limited = _with(question, replace(choices, max_arena_bytes=allowed_bytes))
            if limited is not None and limited.fits:
                yield f"--max-arena {allowed_bytes}: only as many layers in cascades as that needs"
    if choices.optimize == "speed":
        balanced = _with(question, replace(choices, optimize="balanced"))
        if balanced is not None and balanced.fits:
            yield "--optimize balanced: less code"


def _other_runtimes(question: Question) -> Iterator[str]:
    for runtime in question.others:
        if runtime.name == question.runtime.name:
            continue
        try:
            decision = decide_together(question.models, runtime, question.board)
        except McuError:
            continue
        if decision.fits and _keeps_limit(decision, question.choices):
            needs = runtime.needs(question.board)
            yield f"--runtime {runtime.name}{f'; it needs {needs}' if needs else ''}"


def _keeps_limit(decision: Decision, choices: RuntimeOptions) -> bool:
    """A runtime whose arena nobody can limit is no help where a limit was asked for that its arena exceeds."""
    limit_bytes, found = choices.max_arena_bytes, decision.prediction
    return limit_bytes is None or found is None or found.arena_bytes <= limit_bytes


def _fewer_models(question: Question) -> Iterator[str]:
    """Which of several has to go."""
    for left_out in question.models if len(question.models) > 1 else ():
        rest = tuple(model for model in question.models if model is not left_out)
        if decide_together(rest, question.runtime, question.board).fits:
            yield f"the firmware without {left_out.name} fits"


def _smaller(question: Question) -> Iterator[str]:
    """How much smaller the model has to become, where it has to."""
    board, found = question.board, question.decision.prediction
    if found is None:
        return
    smallest = _with(question, replace(question.choices, optimize="ram", max_arena_bytes=None))
    least = found if smallest is None or smallest.prediction is None else smallest.prediction
    over_flash = found.flash_bytes + found.flash_error_bytes - (board.program_flash_bytes - core_share(board).flash_bytes)
    over_ram = least.ram_bytes + least.ram_error_bytes + board.stack_bytes - (board.ram.length_bytes - core_share(board).ram_bytes)
    if any(kind_of(model).name == "int16x8" for model in question.models) and (over_ram > 0 or over_flash > 0):
        yield "--scheme int8: half the bytes of every activation"
    if over_flash > 0:
        yield from _fewer_weights(found, over_flash)
    if over_ram > 0:
        yield from _fewer_activations(_most_crowded(question), least, over_ram)


def _fewer_weights(found: Prediction, over_bytes: int) -> Iterator[str]:
    if found.heaviest_layer:
        yield f"the layer that costs most flash: {found.heaviest_layer}"
    left = found.weights_bytes - over_bytes
    if left <= _ROOM_FOR_SMALLEST:
        yield "no smaller width helps: firmware and code alone leave no room for weights"
        return
    yield f"{math.floor(100 * math.sqrt(left / found.weights_bytes))} % of the width: weights grow with the square of the channels"


def _fewer_activations(model: Model, found: Prediction, over_bytes: int) -> Iterator[str]:
    if found.crowded_layer:
        yield f"the layer that costs most RAM: {found.crowded_layer}"
    left = found.arena_bytes - over_bytes
    if left <= 0:
        yield "no smaller input helps: firmware and stack alone leave no room for an arena"
        return
    share = left / found.arena_bytes
    shape = model.inputs[0].shape
    if len(shape) == 4 and shape[1] > 1 and shape[2] > 1:
        height, width = (max(1, math.floor(size * math.sqrt(share))) for size in shape[1:3])
        yield f"an input of about {height}x{width} instead of {shape[1]}x{shape[2]}, or {math.floor(100 * share)} % of the width"
    else:
        yield f"about {math.floor(100 * share)} % of the width: the arena grows with the channels"


def _most_crowded(question: Question) -> Model:
    """The model whose arena is largest: it decides that of all."""
    if len(question.models) == 1 or not isinstance(question.runtime, PredictsSize):
        return question.models[0]
    runtime = question.runtime
    return max(question.models, key=lambda model: runtime.predict([model], question.board).arena_bytes)


def _allowed_arena_bytes(board: Board, found: Prediction) -> int:
    """The largest arena that leaves room for everything else, a multiple of 16."""
    others_bytes = found.ram_bytes - found.arena_bytes + found.ram_error_bytes + board.stack_bytes
    return ((board.ram.length_bytes - core_share(board).ram_bytes) - others_bytes) // 16 * 16


def _with(question: Question, choices: RuntimeOptions) -> Decision | None:
    """The decision under other options; None where the runtime has none of these."""
    try:
        # Of the runtime as it is without the user's choices: a limit of the arena is not lifted by giving none.
        return decide_together(question.models, get_runtime(question.runtime.name).configured(choices), question.board)
    except McuError:
        return None
