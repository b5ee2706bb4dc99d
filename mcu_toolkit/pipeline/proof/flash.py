"""`mcu flash`: an image onto its board, by PlatformIO or by a tool of the user's choice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.boards import Board
from mcu_toolkit.boards.upload_tools import UPLOAD_TOOLS
from mcu_toolkit.build import elf_path
from mcu_toolkit.build.upload import UploadRequest, refuse_upload, upload_project
from mcu_toolkit.firmware import load_project_info, stamp_build_id
from mcu_toolkit.pipeline.firmware import linked_libraries
from mcu_toolkit.pipeline.proof.device import emulator_as_found, ensure_flashed, port_of, ports_of, refuse_other_port
from mcu_toolkit.pipeline.workspace.inputs import board_of
from mcu_toolkit.pipeline.workspace.locks import board_in_use, folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.pipeline.workspace.up_to_date import digest_of
from mcu_toolkit.system.records import OPTIONAL
from mcu_toolkit.system.sinks import shell_command

BY_PLATFORMIO: Final = UploadRequest()


@dataclass(frozen=True)
class FlashResult:
    """What `mcu flash` put where."""

    board: str
    port: str
    """Empty where a probe or USB found the board, and no port was given."""
    image_sha256: str
    tool: str | None = field(default=None, metadata=OPTIONAL)
    """That put it there; None: PlatformIO."""
    read_back_bytes: int | None = field(default=None, metadata=OPTIONAL)
    """Of the image, that were read back and are equal; None where nothing was read."""


@dataclass(frozen=True)
class OnBoard:
    """An image that is on a board now."""

    port: str
    up_to_date: bool = False
    """It was there already."""
    read_back_bytes: int = 0


def flash(
    project: FirmwareProject, port: str | None, progress: Progress, upload: UploadRequest = BY_PLATFORMIO, *, force: bool = False
) -> StepResult[FlashResult]:
    """`mcu flash`: the project's image onto its board; an emulated board is started.  Raises what `put_on_board` raises."""
    board = board_of(project)
    refuse_upload(upload, board)
    with folder_in_use(project.folder), board_in_use(board, port), emulator_as_found(board):
        found = put_on_board(project, board, port, progress, upload, force=force)
    lines: tuple[str, ...] = (f"flashed: {board.id}, serial port {found.port or 'not known'}",)
    if upload.read_back:
        lines += (f"read back by {upload.tool}: {found.read_back_bytes:,} bytes, all of them the image's",)
    read_back_bytes = found.read_back_bytes if upload.read_back else None
    facts = FlashResult(board.id, found.port, digest_of(elf_path(project)), upload.tool or None, read_back_bytes)
    command = "verify" if load_project_info(project.folder).benchmark is None else "mlperf"
    following = shell_command("mcu", command, project.folder, *(["--port", found.port] if port else []))
    return StepResult("flash", lines, facts, found.up_to_date, following)


def put_on_board(
    project: FirmwareProject, board: Board, port: str | None, progress: Progress, upload: UploadRequest, *, force: bool
) -> OnBoard:
    """Build what changed and put it on the board, which is in use by the caller already.

    Raises what `device.ensure_flashed` raises or, with a tool, `build.upload.upload_project`.
    """
    if not upload.tool:
        return OnBoard(*ensure_flashed(project, board, port, progress, force=force))
    refuse_upload(upload, board)
    refuse_other_port(board, port)
    opened = port_of(board, port) if port or UPLOAD_TOOLS[upload.tool].needs_port else _port_if_known(board)
    progress.stage(f"flashing {board.id} by {upload.tool}")
    stamp_build_id(project.folder, linked_libraries(project))  # flashing builds what changed
    return OnBoard(opened, read_back_bytes=upload_project(project, board, upload, opened, progress.line))


def _port_if_known(board: Board) -> str:
    """The only port with the board's USB id; empty where there is none, or several: a probe needs none."""
    found = ports_of(board)
    return found[0] if len(found) == 1 else ""
