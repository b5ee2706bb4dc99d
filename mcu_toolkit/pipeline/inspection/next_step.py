"""The next command for a model that was just made: only one that will work, and the reason where none does."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from mcu_toolkit.boards import Board, all_boards, load_board
from mcu_toolkit.errors import McuError, NotSatisfiedError, UnsupportedModelError
from mcu_toolkit.model import Model, kind_of
from mcu_toolkit.pipeline.inspection.room import decide
from mcu_toolkit.pipeline.workspace.inputs import DEFAULT_BOARD, choose_runtime, refuse_unsupported
from mcu_toolkit.pipeline.workspace.samples import load_inputs
from mcu_toolkit.runners import LiteRtRunner, tflm_is_installed
from mcu_toolkit.runners.base import Runner
from mcu_toolkit.runners.reference.runner import golden_interpreter
from mcu_toolkit.runners.tflm import AbortedError, RefusedError
from mcu_toolkit.system.sinks import shell_command
from mcu_toolkit.validate import inputs_for


@dataclass(frozen=True)
class NextStep:
    """A command, and what stands in the way of deploying where that is not it."""

    command: str
    obstacle: str = ""


def next_step(model: Model, path: Path) -> NextStep:
    """The command that takes `model` in the file `path` further: `deploy` where that will work, else `inspect`."""
    kind = kind_of(model)
    if not kind.runs_on_boards:
        return NextStep(_command("inspect", path), f"not for boards: it is {kind.label} ({kind.meaning}); --scheme int8 makes one that is")
    error = _golden_error(model)
    if error is not None:
        return NextStep(_command("inspect", path), f"it cannot be proved on a board: {_one_line(error)}")
    default = load_board(DEFAULT_BOARD)
    error = _refusal(model, default)
    if error is None:
        return NextStep(_command("deploy", path))
    other = next((board.id for board in all_boards() if board.id != default.id and _refusal(model, board) is None), None)
    obstacle = f"{default.id}, the default board, does not take it: {_one_line(error)}"
    return NextStep(_command("inspect", path) if other is None else _command("deploy", path, "--board", other), obstacle)


def _golden_error(model: Model) -> McuError | None:
    """Why a validation of `model` would fail, as `mcu deploy` runs it without data: TFLM aborts, or nothing runs it."""
    try:
        inputs = inputs_for(model, load_inputs(model, None, None, 0))
        if tflm_is_installed():
            try:
                _run(golden_interpreter(model), inputs)
            except (UnsupportedModelError, RefusedError, AbortedError):
                _run(LiteRtRunner(model), inputs)  # our compiler and LiteRT may have what TFLM has not
    except McuError as error:
        return error
    return None


def _run(runner: Runner, inputs: tuple[npt.NDArray[Any], ...]) -> None:
    with closing(runner):
        runner.run(inputs)


def _refusal(model: Model, board: Board) -> McuError | None:
    """Why `board` with its default runtime does not take `model`, as far as that is known before a build."""
    try:
        runtime = choose_runtime(None, board)
        refuse_unsupported(model, runtime, board)
        decision = decide(model, runtime, board)
    except McuError as error:
        return error
    return None if decision.fits else NotSatisfiedError(decision.why[0], on=model.name)


def _command(name: str, path: Path, *options: str) -> str:
    return shell_command("mcu", name, path, *options)


def _one_line(error: McuError) -> str:
    return " ".join(line.strip() for line in error.what.splitlines()[:2])
