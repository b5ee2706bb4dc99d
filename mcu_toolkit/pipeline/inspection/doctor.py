"""`mcu doctor`: what this machine has, and what to do about what it lacks."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.boards import Board, all_boards
from mcu_toolkit.boards.emulator_table import EMULATOR_KINDS
from mcu_toolkit.boards.upload_tools import UPLOAD_TOOLS, upload_targets
from mcu_toolkit.build import compiler_of, registry_answers
from mcu_toolkit.build.node_packages import installed
from mcu_toolkit.build.upload import find_upload_tool
from mcu_toolkit.device import running_emulators, serial_ports
from mcu_toolkit.errors import McuError
from mcu_toolkit.optional_packages import install_command, tflm_is_published_here
from mcu_toolkit.pipeline.workspace.inputs import DEFAULT_BOARD
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.runners import roles
from mcu_toolkit.system import network
from mcu_toolkit.system.process import find_tool, run
from mcu_toolkit.system.user_folders import cache_dir, state_dir
from mcu_toolkit.version import __version__

_PACKAGES = ("numpy", "pillow", "platformio", "scons", "pyserial")
"""What every installation has."""
_TRAINING = ("tensorflow", "keras", "scikit-learn", "ai-edge-litert")
"""What training, quantizing and validating take besides: mcu-toolkit has them, mcu-toolkit-core has not."""
_TRAINING_GROUP = "packages for training, quantizing and validating"
_TOOL_TIMEOUT_S = 5.0
_VERSION_LINES = 4
"""Of what a program prints: some say their name first."""


@dataclass(frozen=True)
class Check:
    """One line: what was looked for, whether it is all right, what was found, and what to do where it is not."""

    group: str
    name: str
    ok: bool
    found: str
    hint: str = ""
    required: bool = False
    """The emulated chain cannot run without it."""


@dataclass(frozen=True)
class DoctorResult:
    """What `mcu doctor` found."""

    checks: tuple[Check, ...]


def doctor() -> StepResult[DoctorResult]:
    """Look at everything; the verdict is `pass` if the chain can run on an emulated board."""
    checks = [*_toolkit(), *_packages(), *_tools(), *_node_packages(), *_upload_tools()]
    checks += [*_registries(), *_folders(), *check_ports(), *_emulators()]
    missing = [check for check in checks if check.required and not check.ok]
    lacks_training = any(check.group == _TRAINING_GROUP and not check.ok for check in checks)
    if missing:
        end = f"the chain cannot run on an emulated board: {', '.join(check.name for check in missing)}"
    elif lacks_training:
        end = (
            f"a .tflite can run on an emulated board: mcu deploy MODEL.tflite --board {DEFAULT_BOARD}\n"
            f"training, quantizing and validating are not installed: {install_command()}"
        )
    else:
        end = f"the chain can run on an emulated board: mcu demo --board {DEFAULT_BOARD}"
    lines = (*_lines(checks), "", *end.splitlines())
    return StepResult("doctor", lines, DoctorResult(tuple(checks)), verdict="fail" if missing else "pass")


def _toolkit() -> Iterator[Check]:
    yield Check("toolkit", "mcu", True, __version__)
    supported = (3, 10) <= sys.version_info[:2] <= (3, 13)
    yield Check("toolkit", "python", supported, f"{platform.python_version()} ({sys.executable})", "use Python 3.10 to 3.13")
    tried = sys.platform == "linux" and platform.machine() == "x86_64"
    yield Check(
        "toolkit",
        "system",
        tried,
        f"{platform.system()} on {platform.machine()}",
        "" if tried else "not tried yet: only Linux on x86-64 is",
    )


def _packages() -> Iterator[Check]:
    for name in _PACKAGES:
        yield _package("packages", name, f"pip install {name}", required=True)
    for name in _TRAINING:
        yield _package(_TRAINING_GROUP, name, install_command())
    where = install_command() if tflm_is_published_here() else "published for Linux on x86-64 only"
    yield _package(_TRAINING_GROUP, "tflite-micro", f"{where}; without it the golden runner is {roles.stand_in()}, which needs gcc")


def _package(group: str, name: str, hint: str, *, required: bool = False) -> Check:
    try:
        return Check(group, name, True, importlib.metadata.version(name), required=required)
    except importlib.metadata.PackageNotFoundError:
        return Check(group, name, False, "not installed", hint, required)


def _tools() -> Iterator[Check]:
    """The compilers and emulators that the boards name; those of the default board are required."""
    wanted: dict[str, tuple[str, list[str]]] = {}
    for board in all_boards():
        for program, package in _programs(board):
            wanted.setdefault(program, (package, []))[1].append(board.id)
    for program, (package, boards) in wanted.items():
        required = DEFAULT_BOARD in boards
        path = find_tool(program)
        use = f"for {boards[0]}" + (f" and {len(boards) - 1} more" if len(boards) > 1 else "")
        if path is None:
            yield Check("tools", program, False, f"not on PATH ({use})", f"sudo apt-get install {package}", required)
        else:
            yield Check("tools", program, True, f"{_version(path)} ({use})", required=required)


def _node_packages() -> Iterator[Check]:
    """What emulators consist of that npm fetches when a board first needs it."""
    for kind in EMULATOR_KINDS.values():
        if kind.package is None:
            continue
        boards = [board.id for board in all_boards() if board.emulator is not None and board.emulator.kind == kind.name]
        there = installed(kind.package) is not None
        found = f"{kind.package.version if there else 'not fetched yet'} (for {', '.join(boards)})"
        board_id = boards[0]
        hint = f"mcu deploy MODEL --board {board_id} fetches it with npm (sudo apt-get install npm)"
        yield Check("tools", kind.package.name, there, found, hint)


def _programs(board: Board) -> Iterator[tuple[str, str]]:
    """(program, Debian packages) that `board` needs on PATH."""
    if board.platformio.is_own:
        compiler = compiler_of(board)
        yield compiler.program, " ".join(compiler.debian_packages)
    if board.emulator is not None and board.emulator.program:
        yield board.emulator.program, board.emulator.debian_package


def _upload_tools() -> Iterator[Check]:
    """What `--tool` of mcu flash can use; PlatformIO, which brings its own, needs none of them."""
    serving = {name: [board.id for board in all_boards() if name in upload_targets(board)] for name in UPLOAD_TOOLS}
    for name, tool in UPLOAD_TOOLS.items():
        use = f"for {', '.join(serving[name])}"
        path = find_upload_tool(tool)
        if not tool.programs:
            yield Check("upload tools", name, True, f"copies firmware.uf2 to the drive of a boot loader ({use})")
        elif path is None:
            yield Check("upload tools", name, False, f"not on PATH ({use})")
        else:
            yield Check("upload tools", name, True, f"{_version(path, tool.version_arguments)} ({use})")


def _version(path: Path, arguments: Sequence[str] = ("--version",)) -> str:
    try:
        lines = run([path, *arguments], timeout_s=_TOOL_TIMEOUT_S).output.splitlines()
    except McuError as error:
        return error.what
    found = (re.search(r"\d+(\.\d+)+", re.sub(r"\(.*?\)", "", line)) for line in lines[:_VERSION_LINES])
    return next((match[0] for match in found if match), "reports no version")


def _registries() -> Iterator[Check]:
    reachable = registry_answers()
    yield Check(
        "network",
        "PlatformIO registry",
        reachable,
        "answers" if reachable else network.why_not(),
        "needed for real boards only: their compilers come from there; emulated boards work without it",
    )


def _folders() -> Iterator[Check]:
    for name, folder, variable in (("state folder", state_dir(), "MCU_STATE_DIR"), ("cache folder", cache_dir(), "MCU_CACHE_DIR")):
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        writable = existing.is_dir() and os.access(existing, os.W_OK)
        yield Check("folders", name, writable, str(folder), f"cannot be written: set {variable} to another folder", required=True)


def check_ports() -> Iterator[Check]:
    """The serial ports, boards on USB among them, and whether they may be opened."""
    ports = serial_ports()
    if not ports:
        yield Check("ports", "serial ports", True, "none: no board is plugged in")
    for port in ports:
        usb = f", USB {port.usb_id}" if port.usb_id else ""
        found = f"{port.description}{usb}" + ("" if port.permission_hint is None else "; no permission to open it")
        yield Check("ports", port.path, port.permission_hint is None, found, port.permission_hint or "")


def _emulators() -> Iterator[Check]:
    running = running_emulators()
    if not running:
        yield Check("emulators", "emulated boards", True, "none is running")
    for emulator in running:
        yield Check("emulators", emulator.board_id, True, f"is running, serial port {emulator.tty}")


def _lines(checks: list[Check]) -> Iterator[str]:
    group = ""
    for check in checks:
        if check.group != group:
            group = check.group
            yield f"{group}:"
        mark = "ok  " if check.ok else ("MISS" if check.required else "note")
        yield f"  {mark}  {check.name:23} {check.found}"
        if not check.ok and check.hint:
            yield f"        -> {check.hint}"
