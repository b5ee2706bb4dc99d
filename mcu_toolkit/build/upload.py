"""An image onto a real board by a tool of the user's choice, read back where the tool can."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.boards import Board
from mcu_toolkit.boards.upload_tools import UPLOAD_TOOLS, UploadTool, upload_targets
from mcu_toolkit.build.compile import build_project, elf_path
from mcu_toolkit.build.loadable import FlashPiece, flat, pieces_of
from mcu_toolkit.build.uf2_drive import copy_to_drive, find_drive, mounted_drives
from mcu_toolkit.build.upload_commands import BIN, CALLS, ELF, READ, Command, Upload
from mcu_toolkit.errors import DeviceError, InputError, ToolError, UnknownNameError
from mcu_toolkit.system.files import read_bytes, temporary_folder, write_bytes
from mcu_toolkit.system.process import find_tool, run

OnLine = Callable[[str], None]
_TIMEOUT_S: Final = 600.0
_ESP_FILES: Final = {0x8000: "partitions.bin", 0x10000: "firmware.bin"}
"""Beside the boot loader, whose offset the chip decides: Espressif's and the Arduino core's default partition table."""


@dataclass(frozen=True)
class UploadRequest:
    """How an image is to get onto a board; PlatformIO does it where nothing is said."""

    tool: str = ""
    read_back: bool = False


def refuse_upload(request: UploadRequest, board: Board) -> None:
    """Raise InputError where the tool does not serve the board or cannot read it back, UnknownNameError where there is no such tool."""
    if request.read_back and not request.tool:
        raise InputError(
            "--read-back without --tool",
            on=board.id,
            expected="a tool that reads flash",
            hint="mcu doctor lists the tools and their boards",
        )
    if not request.tool:
        return
    if request.tool not in UPLOAD_TOOLS:
        raise UnknownNameError("upload tool", request.tool, tuple(UPLOAD_TOOLS))
    serving = tuple(upload_targets(board))
    if request.tool not in serving:
        expected = f"one of {', '.join(serving)}" if serving else "no --tool: PlatformIO uploads"
        raise InputError(f"{request.tool} does not serve this board", on=board.id, expected=expected)
    if request.read_back and not UPLOAD_TOOLS[request.tool].reads_back:
        able = [name for name in serving if UPLOAD_TOOLS[name].reads_back]
        raise InputError(
            f"{request.tool} cannot read the flash", on=board.id, expected=f"no --read-back{f', or --tool {able[0]}' if able else ''}"
        )


def find_upload_tool(tool: UploadTool) -> Path | None:
    """Its program on PATH, or None."""
    return next((path for name in tool.programs if (path := find_tool(name)) is not None), None)


def upload_project(project: FirmwareProject, board: Board, request: UploadRequest, port: str, on_line: OnLine | None = None) -> int:
    """Build what changed and put it onto `board`; returns how many bytes were read back and are the image's (0: nothing was read).

    Raises what `build_project` and `refuse_upload` raise, ToolError for a tool that is not installed, DeviceError with the end of
    its output where it fails, and where what was read back is not the image.
    """
    refuse_upload(request, board)
    tool, target = UPLOAD_TOOLS[request.tool], upload_targets(board)[request.tool]
    program = _program(tool)
    build_project(project, board, on_line=on_line)
    elf = elf_path(project)
    if tool.takes == "uf2":
        copy_to_drive(_beside(elf, "firmware.uf2"), find_drive(target, mounted_drives(), on=board.id))
        return 0
    with temporary_folder() as work:
        bench = _Workbench(board, work, on_line)
        pieces, files = _prepared(tool, target, elf, bench)
        upload = Upload(program, target, pieces[0].address, port, files, stays=request.read_back)
        for command in CALLS[tool.name].write(upload):
            bench.run(command)
        return _read_back(tool, upload, pieces, bench) if request.read_back else 0


@dataclass(frozen=True)
class _Workbench:
    """Where a tool runs: in a folder with what it takes."""

    board: Board
    folder: Path
    on_line: OnLine | None

    def run(self, command: Command) -> None:
        """Raises DeviceError where it fails."""
        completed = run(command, cwd=self.folder, timeout_s=_TIMEOUT_S, on_line=self.on_line)
        if completed.exit_code != 0:
            what = f"{Path(command[0]).name} failed with exit code {completed.exit_code}; its last lines:\n{completed.tail()}"
            raise DeviceError(what, on=self.board.id, hint="look at cable, probe and boot mode; without --tool PlatformIO uploads")


def _program(tool: UploadTool) -> str:
    found = find_upload_tool(tool)
    if found is None and tool.programs:
        raise ToolError(
            f"program '{tool.programs[0]}' not found on PATH", hint="install it, or flash without --tool: PlatformIO brings its own"
        )
    return str(found)


def _prepared(tool: UploadTool, target: str, elf: Path, bench: _Workbench) -> tuple[tuple[FlashPiece, ...], tuple[tuple[int, str], ...]]:
    """What is to be in flash, and of an ESP32 the files by their offsets; all that the tool takes then lies on the bench."""
    if tool.takes == "esp":
        files = {int(target.split()[1], 16): "bootloader.bin", **_ESP_FILES}
        for name in files.values():
            shutil.copyfile(_beside(elf, name), bench.folder / name)
        return tuple(FlashPiece(offset, read_bytes(bench.folder / name)) for offset, name in files.items()), tuple(files.items())
    pieces = pieces_of(elf, bench.board)
    shutil.copyfile(elf, bench.folder / ELF)
    write_bytes(bench.folder / BIN, flat(pieces).data)
    return pieces, ()


def _beside(elf: Path, name: str) -> Path:
    path = elf.with_name(name)
    if not path.is_file():
        raise ToolError("PlatformIO's build did not make this file", on=path, hint="flash without --tool")
    return path


def _read_back(tool: UploadTool, upload: Upload, pieces: tuple[FlashPiece, ...], bench: _Workbench) -> int:
    """Read what was written and compare it; then let the firmware start, whatever was found."""
    calls, path = CALLS[tool.name], bench.folder / READ
    assert calls.read is not None
    try:
        for whole in pieces if tool.takes == "esp" else (flat(pieces),):
            path.unlink(missing_ok=True)
            bench.run(calls.read(upload, whole.address, len(whole.data)))
            found = read_bytes(path, kind="read-back image") if path.is_file() else b""
            _compare(found, whole, pieces, bench.board)
    finally:
        for command in calls.after_reading(upload):
            bench.run(command)
    return sum(len(piece.data) for piece in pieces)


def _compare(found: bytes, wanted: FlashPiece, pieces: tuple[FlashPiece, ...], board: Board) -> None:
    """Every byte that the image stores; what lies between its pieces is nobody's."""
    if len(found) != len(wanted.data):
        raise DeviceError(f"{len(found):,} bytes were read back", on=board.id, expected=f"{len(wanted.data):,}")
    for piece in pieces:
        start = piece.address - wanted.address
        if start < 0 or piece.end > wanted.end:
            continue
        different = [offset for offset, (a, b) in enumerate(zip(found[start:], piece.data, strict=False)) if a != b]
        if different:
            raise DeviceError(
                f"{len(different):,} bytes in flash are not the image's, the first at {piece.address + different[0]:#010x}",
                on=board.id,
                expected="the image, byte for byte",
                hint="flash again; if it stays so, the flash or the connection is at fault",
            )
