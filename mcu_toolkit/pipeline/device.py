"""The board's side of the proof: put the image on it, run every sample, bring the outputs back."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from mcu_toolkit.artifacts import FirmwareImage, FirmwareProject, RunResult, Vectors
from mcu_toolkit.boards import Board
from mcu_toolkit.build import build_project, flash_project
from mcu_toolkit.device import Client, find_emulator, open_port
from mcu_toolkit.errors import DeviceError, InputError, NotSatisfiedError
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.progress import Progress
from mcu_toolkit.runners import DeviceRunner
from mcu_toolkit.units import format_bytes
from mcu_toolkit.validate import inputs_for


def build(project: FirmwareProject, board: Board, progress: Progress) -> FirmwareImage:
    """Build with PlatformIO and check that the image fits; raises NotSatisfiedError with numbers if not."""
    progress.stage(f"building with PlatformIO for {board.id}")
    image = build_project(project, board, on_line=progress.line)
    size = image.footprint
    progress.note(f"flash {format_bytes(size.flash_bytes)} of {format_bytes(board.flash.length_bytes)}, "
                  f"RAM {format_bytes(size.ram_bytes)} of {format_bytes(board.ram.length_bytes)}")  # fmt: skip
    if size.flash_bytes > board.flash.length_bytes:
        raise NotSatisfiedError(
            f"the image needs {size.flash_bytes:,} bytes of flash", on=board.id, expected=f"at most {board.flash.length_bytes:,}"
        )
    if size.ram_bytes + board.stack_bytes > board.ram.length_bytes and board.core != "host":
        needed = size.ram_bytes + board.stack_bytes
        raise NotSatisfiedError(
            f"the image needs {needed:,} bytes of RAM, stack included", on=board.id, expected=f"at most {board.ram.length_bytes:,}"
        )
    return image


def flash(project: FirmwareProject, board: Board, port: str | None, progress: Progress) -> str:
    """Upload the image with PlatformIO; returns the port to open."""
    progress.stage(f"flashing {board.id}")
    opened = flash_project(project, board, port=port, on_line=progress.line)
    progress.note(f"serial port: {opened}")
    return opened


def port_of(board: Board, port: str | None) -> str:
    """The port the user gave, else the running emulator's; raises InputError or DeviceError saying what to do."""
    if port is not None:
        return port
    if not board.is_emulated:
        raise InputError("no serial port given", on=board.id, expected="--port /dev/ttyACM0, COM3 or a pyserial URL", hint="mcu doctor")
    emulator = find_emulator(board.id)
    if emulator is None or not emulator.is_running():
        raise DeviceError(
            "the emulated board is not running", on=board.id, expected="a board that was flashed", hint=f"mcu flash --board {board.id}"
        )
    return str(emulator.tty)


def run_on_device(model: Model, vectors: Vectors, board: Board, port: str, progress: Progress) -> RunResult:
    """Run every sample on the board behind `port`; raises DeviceError if it is another model or fails in mid-run."""
    progress.stage(f"running {len(vectors)} samples on {board.id} over {port}")
    link = open_port(port, board.serial.baud)
    with closing(Client(link, on_text=lambda text: progress.note(f"board says: {text}"))) as client:
        runner = DeviceRunner(client, model, on_sample=progress.advance)
        return runner.run(inputs_for(model, vectors))


def project_folder(output: Path) -> Path:
    """Where a deployment keeps its PlatformIO project."""
    return output / "firmware"
