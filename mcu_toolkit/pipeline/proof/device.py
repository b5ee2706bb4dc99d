"""The board's side of the proof: put the image on it, run every sample, bring the outputs back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.artifacts import FirmwareProject, Footprint, RunResult, Vectors
from mcu_toolkit.boards import Board
from mcu_toolkit.build import elf_path, flash_project, read_footprint
from mcu_toolkit.build.addresses import name_address
from mcu_toolkit.device import (
    Client,
    Emulator,
    FirmwareFaultError,
    fault_error,
    find_emulator,
    open_port,
    refuse_no_port,
    serial_ports,
)
from mcu_toolkit.errors import DeviceError, InputError
from mcu_toolkit.firmware import stamp_build_id
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.firmware import linked_libraries
from mcu_toolkit.pipeline.workspace.device_text import DeviceText
from mcu_toolkit.pipeline.workspace.inputs import FIRMWARE_FOLDER
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.up_to_date import CACHE_FOLDER, CachedStep, digest_of, package_code, perform
from mcu_toolkit.runners import DeviceRunner
from mcu_toolkit.system.confined import folder_inside
from mcu_toolkit.system.files import sha256_hex
from mcu_toolkit.system.user_folders import state_dir
from mcu_toolkit.validate import inputs_for


@dataclass(frozen=True)
class _Flashed:
    """What is kept of a flash."""

    port: str


def ensure_flashed(project: FirmwareProject, board: Board, port: str | None, progress: Progress, *, force: bool) -> tuple[str, bool]:
    """The port to open, and whether the image was on the board already, which is known of emulated boards only."""
    refuse_other_port(board, port)
    progress.stage(f"flashing {board.id}")
    stamp_build_id(project.folder, linked_libraries(project))  # flashing builds what changed
    step = CachedStep(
        name="flash",
        inputs={"project": digest_of(project.folder), "board": sha256_hex(repr(board).encode())},
        options={"port": str(port)},
        outputs=(elf_path(project), state_dir() / board.id / "image.elf"),
        record=project.folder / CACHE_FOLDER / "flash.json",
        code=package_code("build"),
    )
    is_running = board.is_emulated and find_emulator(board.id) is not None

    def work() -> _Flashed:
        return _Flashed(flash_project(project, board, port=port, on_line=progress.line))

    flashed, up_to_date = perform(step, work, _Flashed, force=force or not is_running)
    progress.note(f"{'up to date; ' if up_to_date else ''}serial port: {flashed.port}")
    return flashed.port, up_to_date


def refuse_other_port(board: Board, port: str | None) -> None:
    """Raise InputError for a port that an emulated board has not, DeviceError for one that does not exist: it would count as flashed."""
    if port is None:
        return
    own = Path(Emulator(board.id, state_dir() / board.id).tty)
    if board.is_emulated and Path(port).absolute() != own.absolute() and not (own.exists() and Path(port).resolve() == own.resolve()):
        raise InputError(
            f"an emulated board has its own serial port, not {port}",
            on=board.id,
            expected=f"no --port, or {own}",
            hint="the board at this port needs its own firmware: mcu generate --board ...",
        )
    if not board.is_emulated and port.startswith("/"):
        refuse_no_port(port)


@contextmanager
def emulator_as_found(board: Board) -> Iterator[None]:
    """If the block is interrupted (Ctrl-C), stop the board's emulator unless it ran before."""
    was_running = board.is_emulated and find_emulator(board.id) is not None
    try:
        yield
    except KeyboardInterrupt:
        if board.is_emulated and not was_running:
            Emulator(board.id, state_dir() / board.id).stop()
        raise


def ports_of(board: Board) -> list[str]:
    """The serial ports of this machine that have the USB id of such a board."""
    return [facts.path for facts in serial_ports() if facts.usb_id in board.usb_ids]


def port_of(board: Board, port: str | None) -> str:
    """The port the user gave, else the running emulator's, else the only one with the board's USB id; raises InputError or DeviceError
    saying what to do."""
    if port is not None:
        return port
    if not board.is_emulated:
        found = ports_of(board)
        if len(found) == 1:
            return found[0]
        hint = f"--port {found[0]}; {len(found)} ports have the USB id of such a board" if found else "mcu doctor lists the ports"
        raise InputError("no serial port given", on=board.id, expected="--port /dev/ttyACM0, COM3 or a pyserial URL", hint=hint)
    emulator = find_emulator(board.id)
    if emulator is None:
        raise DeviceError(
            "the emulated board is not running", on=board.id, expected="a board that was flashed", hint="mcu deploy, or mcu flash PROJECT"
        )
    return str(emulator.tty)


@contextmanager
def runner_on(model: Model, board: Board, port: str, progress: Progress, image: Path | None = None) -> Iterator[DeviceRunner]:
    """`model` on the board behind `port`; raises DeviceError if the port cannot be opened or the firmware has another model.

    `image` is the firmware's ELF file where it is at hand: addresses of a fault are then named.
    """
    link = open_port(port, board.serial.baud)
    with (
        closing(Client(link, on_text=DeviceText(lambda text: progress.note(f"board says: {text}")))) as client,
        faults_explained(board, image),
    ):
        yield DeviceRunner(client, model, _index_on(client, model), on_sample=progress.advance)


@contextmanager
def faults_explained(board: Board, image: Path | None = None) -> Iterator[None]:
    """A fault of the core, raised in the block, is raised with the functions it happened in: from `image`, where it is a file, or
    what an emulator runs."""
    try:
        yield
    except FirmwareFaultError as fault:
        elf = image if image is not None and image.is_file() else state_dir() / board.id / "image.elf"
        raise fault_error(
            fault.fault, on=str(fault.on), family=board.core_family, name_address=lambda address: name_address(elf, address)
        ) from None


def footprint_on(board: Board, port: str, image: Path | None) -> Footprint | None:
    """The size of the image behind `port`: what the emulator runs, else of `image`, the project's; None where neither is at hand."""
    emulator = find_emulator(board.id) if board.is_emulated else None
    if emulator is not None and Path(emulator.tty).resolve() == Path(port).resolve():
        image = emulator.folder / "image.elf"
    return read_footprint(image) if image is not None and image.is_file() else None


def run_on_device(model: Model, vectors: Vectors, board: Board, port: str, progress: Progress) -> RunResult:
    """Run every sample on the board behind `port`; raises DeviceError if it is another model or fails in mid-run."""
    with runner_on(model, board, port, progress) as runner:
        progress.stage(f"running {len(vectors)} samples on {board.id} over {port}")
        return run_on(runner, model, vectors)


def run_on(runner: DeviceRunner, model: Model, vectors: Vectors) -> RunResult:
    """The same with a runner that is there."""
    runner.reset()  # an earlier run may have left state behind; the golden run starts again too
    return runner.run(inputs_for(model, vectors))


def _index_on(client: Client, model: Model) -> int:
    """The number of `model` in the firmware; 0 where it is not in it, which the runner's own check then reports."""
    for index in range(client.handshake().model_count):
        if client.model_info(index).sha256.hex() == model.sha256:
            return index
    return 0


def project_folder(output: Path) -> Path:
    """Where a deployment keeps its PlatformIO project; raises InputError where a link leads from there out of `output`."""
    return folder_inside(output, FIRMWARE_FOLDER)
