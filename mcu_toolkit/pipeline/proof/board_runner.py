"""A model on a board, ready to run: an emulated one is started with firmware made for the model, a real one must have it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mcu_toolkit.boards import Board
from mcu_toolkit.build import require_tools
from mcu_toolkit.firmware import Extras
from mcu_toolkit.pipeline import firmware
from mcu_toolkit.pipeline.proof import arena, device
from mcu_toolkit.pipeline.proof.identity import check_image
from mcu_toolkit.pipeline.proof.job import default_output
from mcu_toolkit.pipeline.workspace.inputs import Subject, built_with, refuse_unsupported
from mcu_toolkit.pipeline.workspace.locks import board_in_use, folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.runners import DeviceRunner
from mcu_toolkit.runtimes.base import RuntimeOptions


@dataclass(frozen=True)
class OnBoard:
    """Where a model shall run; None is the project's or the board's."""

    board: str | None = None
    runtime: str | None = None
    port: str | None = None
    choices: RuntimeOptions = field(default_factory=RuntimeOptions)


@contextmanager
def board_runner(subject: Subject, where: OnBoard, progress: Progress) -> Iterator[DeviceRunner]:
    """The model of `subject` on a board, with its state as the board has it: call `reset` first.

    Raises DeviceError where the board does not answer or has another model, and what generating and building raise.
    """
    board = subject.board(where.board)
    if board.is_emulated:
        with _on_emulated(subject, where, board, progress) as runner:
            yield runner
        return
    with board_in_use(board, where.port):
        port = device.port_of(board, where.port)
        with device.runner_on(subject.model, board, port, progress) as runner:
            progress.stage(f"running on {board.id} over {port}")
            yield runner


@contextmanager
def _on_emulated(subject: Subject, where: OnBoard, board: Board, progress: Progress) -> Iterator[DeviceRunner]:
    model = subject.model
    runtime = subject.runtime(where.runtime, board, built_with(subject, where.choices))
    refuse_unsupported(model, runtime, board)
    require_tools(board)
    output = default_output(subject, board)
    folder = device.project_folder(output) if subject.project is None else subject.project.folder
    with folder_in_use(output, folder), board_in_use(board, where.port):
        project = subject.project
        if project is None:
            progress.stage(f"generating firmware: {runtime.name} runtime, board {board.id}")
            own = subject.board_file(where.board)
            runtime = arena.measured_runtime([model], board, runtime, arena.Place(folder, where.port, own), progress)
            project, _ = firmware.ensure_generated([model], board, runtime, folder, Extras(board_file=own), force=False)
        image, _ = firmware.ensure_built(project, board, progress, force=False)
        with device.emulator_as_found(board):
            port, _ = device.ensure_flashed(project, board, where.port, progress, force=False)
            with device.runner_on(model, board, port, progress, Path(image.elf)) as runner:
                check_image(project, runner, port)
                progress.stage(f"running on {board.id} over {port}")
                yield runner
