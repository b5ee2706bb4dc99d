"""`pio run -t upload`: an image onto a board, real or emulated."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.boards import Board
from mcu_toolkit.build.compile import build_failure, check_linked
from mcu_toolkit.build.compilers import require_compiler
from mcu_toolkit.build.libraries import require_libraries
from mcu_toolkit.build.node_packages import require_node_package
from mcu_toolkit.build.pio import LOG_NAME, run_pio
from mcu_toolkit.device.emulator import Emulator
from mcu_toolkit.errors import DeviceError, InputError, ToolError
from mcu_toolkit.system.process import Completed, find_tool
from mcu_toolkit.system.user_folders import private_state, state_dir

EMULATOR_ARGUMENTS = "MCU_QEMU_ARGUMENTS"
"""The environment variable with more words for the emulator's command line (pio_platform/mcu_toolkit/emulator/flash.py)."""
_UPLOAD_BEGINS = "Configuring upload protocol"
_AUTODETECTED = re.compile(r"^Auto-detected: (\S+)", re.MULTILINE)
_MESSAGE = re.compile(r"^Error: (.*)", re.MULTILINE | re.DOTALL)


def flash_project(
    project: FirmwareProject,
    board: Board,
    *,
    port: str | None = None,
    on_line: Callable[[str], None] | None = None,
    emulator_arguments: str = "",
) -> str:
    """Build what changed, put the image onto `board` and return the serial port to open.

    An emulated board is started (a running one is replaced), its emulator with `emulator_arguments` behind the board's own.
    For a real one `port` is the port to flash and to open; without it PlatformIO looks for one.  Raises DeviceError (the
    board did not take the image), ToolError (emulator or compiler missing), NotSatisfiedError (does not fit), InputError (no
    port found).
    """
    require_tools(board)
    require_libraries(project)
    arguments = ["-t", "upload"]
    if port is not None and not board.is_emulated:
        arguments += ["--upload-port", port]
    environment = {"MCU_STATE_DIR": str(private_state() if board.is_emulated else state_dir())}
    if emulator_arguments:
        environment[EMULATOR_ARGUMENTS] = emulator_arguments
    completed = run_pio(project.folder, arguments, on_line=on_line, env=environment)
    if completed.exit_code != 0:
        if _UPLOAD_BEGINS not in completed.output:
            raise build_failure(completed, project, board)
        raise _upload_failure(completed, project, board)
    check_linked(project, board)
    return _found_port(completed, board) if port is None or board.is_emulated else port


def require_tools(board: Board) -> None:
    """Raise ToolError, with the command that installs it, where `board`'s compiler or emulator is missing."""
    _require_pseudo_terminals(board)
    require_compiler(board)
    _require_emulator(board)


def _require_pseudo_terminals(board: Board) -> None:
    if board.is_emulated and not hasattr(os, "openpty"):
        raise ToolError(
            "emulated boards need pseudo-terminals, which this system does not have",
            on=board.id,
            expected="Linux or macOS",
            hint="a real board, or the Windows Subsystem for Linux",
        )


def _require_emulator(board: Board) -> None:
    emulator = board.emulator
    if emulator is None:
        return
    if emulator.program and find_tool(emulator.program) is None:
        hint = f"sudo apt-get install {emulator.debian_package}"
        raise ToolError(f"emulator '{emulator.program}' not found on PATH", on=board.id, hint=hint)
    if emulator.facts.package is not None:
        require_node_package(emulator.facts.package)


def _upload_failure(completed: Completed, project: FirmwareProject, board: Board) -> DeviceError:
    output = completed.output.split(_UPLOAD_BEGINS, maxsplit=1)[1]
    message = _MESSAGE.search(output)
    reason = re.split(r"\n\*\*\* |\n=+ ", message[1])[0].strip() if message else completed.tail()
    return DeviceError(f"the board could not be flashed: {reason}", on=board.id, hint=f"the whole output is in {project.folder / LOG_NAME}")


def _found_port(completed: Completed, board: Board) -> str:
    if board.is_emulated:
        return Emulator(board.id, state_dir() / board.id).tty
    found = _AUTODETECTED.search(completed.output)
    if found is None:
        raise InputError("no serial port was given and PlatformIO named none", on=board.id, hint="--port; `pio device list` shows them")
    return found[1]
