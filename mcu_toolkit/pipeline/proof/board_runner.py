"""A model on a board, ready to run: an emulated one is started with firmware made for the model, a real one must have it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.boards import Board
from mcu_toolkit.build import require_tools
from mcu_toolkit.device import Client, open_port
from mcu_toolkit.device.board_sensor import has_sensor
from mcu_toolkit.errors import DeviceError
from mcu_toolkit.firmware import Extras
from mcu_toolkit.model import Model
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
    sensor: str = ""
    """A kind of sensor that the firmware shall have; its project then has a folder of its own, and a real board gets it if need be."""


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
        if where.sensor and not _records(subject.model, board, port):
            port = _put_on(subject, where, board, progress).port
        with device.runner_on(subject.model, board, port, progress) as runner:
            progress.stage(f"running on {board.id} over {port}")
            yield runner


@contextmanager
def _on_emulated(subject: Subject, where: OnBoard, board: Board, progress: Progress) -> Iterator[DeviceRunner]:
    with board_in_use(board, where.port), device.emulator_as_found(board):
        put = _put_on(subject, where, board, progress)
        with device.runner_on(subject.model, board, put.port, progress, put.elf) as runner:
            check_image(put.project, runner, put.port)
            progress.stage(f"running on {board.id} over {put.port}")
            yield runner


@dataclass(frozen=True)
class _Put:
    """Firmware that is on a board."""

    project: FirmwareProject
    elf: Path
    port: str


def _put_on(subject: Subject, where: OnBoard, board: Board, progress: Progress) -> _Put:
    """Generate, build and flash what is not up to date; the board is in use by us already."""
    model = subject.model
    runtime = subject.runtime(where.runtime, board, built_with(subject, where.choices))
    refuse_unsupported(model, runtime, board)
    require_tools(board)
    output = default_output(subject, board)
    if where.sensor and subject.project is None:
        output = output.with_name(f"{output.name}-{where.sensor}")
    folder = device.project_folder(output) if subject.project is None else subject.project.folder
    with folder_in_use(output, folder):
        project = subject.project
        if project is None:
            progress.stage(f"generating firmware: {runtime.name} runtime, board {board.id}")
            own = subject.board_file(where.board)
            runtime = arena.measured_runtime([model], board, runtime, arena.Place(folder, where.port, own), progress)
            extras = Extras(board_file=own, sensor=where.sensor)
            project, _ = firmware.ensure_generated([model], board, runtime, folder, extras, force=False)
        image, _ = firmware.ensure_built(project, board, progress, force=False)
        port, _ = device.ensure_flashed(project, board, where.port, progress, force=False)
    return _Put(project, Path(image.elf), port)


def _records(model: Model, board: Board, port: str) -> bool:
    """True where the firmware behind `port` has the model and a sensor; False for whatever else answers, or nothing."""
    try:
        with closing(Client(open_port(port, board.serial.baud))) as client:
            shas = {client.model_info(index).sha256.hex() for index in range(client.handshake().model_count)}
            return has_sensor(client) and model.sha256 in shas
    except DeviceError:
        return False
