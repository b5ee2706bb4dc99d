"""A project with the echo firmware for a board: like a generated one, but without a model and without a protocol."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import serial

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.build import compiler_of
from mcu_toolkit.device.emulator import Emulator, state_dir
from mcu_toolkit.firmware.render import render_text, template_exists
from mcu_toolkit.firmware.template_files import port_sources
from mcu_toolkit.system.resources import pio_platform_dir, templates_dir

PLATFORM = pio_platform_dir() / "mcu_toolkit"
FLASH_SCRIPT = PLATFORM / "emulator" / "flash.py"
ESCAPE = b"\x1b"
WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wstrict-prototypes", "-Werror")


def make_echo_project(board: Board, folder: Path) -> FirmwareProject:
    """Write the project into the new folder `folder`."""
    context = SimpleNamespace(
        board=board,
        toolkit_version="0",
        options={},
        application=False,
        own_platform=True,
        optimize="balanced",
        models=[],
        banner=["echo firmware of a test"],
    )
    port = f"platforms/{board.firmware_platform}"
    (folder / "src").mkdir(parents=True)
    for name, content in port_sources(board):
        (folder / name).write_bytes(content)
    shutil.copy(templates_dir() / "common/src/platform.h", folder / "src")
    shutil.copy(Path(__file__).with_name("echo_main.c"), folder / "src/main.c")
    rendered = {
        "common/src/firmware_config.h.j2": "src/firmware_config.h",
        "common/platformio.ini.j2": "platformio.ini",
        f"{port}/board.json.j2": f"boards/{board.platformio.board}.json",
        f"{port}/linker.ld.j2": "linker.ld",
    }
    (folder / "boards").mkdir()
    for template, target in rendered.items():
        if template_exists(template):
            (folder / target).write_text(render_text(template, context))
    shutil.copytree(pio_platform_dir(), folder / "platform", ignore=shutil.ignore_patterns("__pycache__"))
    return FirmwareProject(folder, board.id, "echo", (), ())


def compile_echo(board: Board, folder: Path) -> Path:
    """The echo firmware for a bare-metal board, compiled without PlatformIO and with more warnings than users get."""
    project = make_echo_project(board, folder)
    return link(board, folder, sorted((project.folder / "src").glob("*.c")), folder / "firmware.elf")


def link(board: Board, project: Path, sources: Sequence[Path], elf: Path) -> Path:
    """Compile and link `sources`, C or objects, as an image for `board`, by the linker script of its echo project."""
    row = compiler_of(board)
    command = [*compile_command(board), *row.link_flags, "-Wl,--gc-sections", "-T", project / "linker.ld", "-Wl,--fatal-warnings"]
    built = subprocess.run([*command, *sources, "-o", elf], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    finish = PLATFORM / "chips" / f"{board.chip}.py"
    if finish.is_file():
        subprocess.run([sys.executable, finish, elf], check=True, capture_output=True)
    return elf


def compile_command(board: Board) -> list[str | Path]:
    """The compiler, and the flags with which it compiles for `board`."""
    row = compiler_of(board)
    return [row.program, "-std=c99", "-O2", "-ffunction-sections", *WARNINGS, *row.flags]


def compile_host_echo(folder: Path) -> Path:
    """The echo firmware as a program of this machine, compiled without PlatformIO: a tenth of a second."""
    project = make_echo_project(load_board("host"), folder)
    elf = folder / "firmware.elf"
    sources = sorted((project.folder / "src").glob("*.c"))
    subprocess.run(["gcc", "-std=c99", "-O1", *sources, "-o", elf, "-pthread", "-Wl,--wrap=main"], check=True)
    return elf


def run_flash_script(project: Path, board_id: str, image: Path) -> subprocess.CompletedProcess[str]:
    """What `pio run -t upload` runs, by itself; $MCU_STATE_DIR says where the board's state goes."""
    board = project / f"boards/{board_id}.json"
    command = [sys.executable, FLASH_SCRIPT, board, image]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@dataclass
class EchoBoard:
    """A running echo firmware with its serial port open."""

    emulator: Emulator
    port: serial.Serial

    @classmethod
    def open(cls, board_id: str) -> EchoBoard:
        """Open the port of a board that was flashed, then power it off and on to see all of its output."""
        emulator = Emulator(board_id, state_dir() / board_id)
        board = cls(emulator, serial.Serial(emulator.tty, 115200, timeout=60))
        board.reset()
        return board

    def reset(self) -> None:
        """Power off and on, and wait for the banner."""
        self.emulator.reset()
        assert self.line() == f"echo {self.emulator.board_id}"

    def line(self) -> str:
        """The next line of text the board sends."""
        line = bytes(self.port.readline())
        assert line.endswith(b"\n"), f"the board went silent after {line!r}"
        return line.strip(b"\0\n").decode("ascii")

    def command(self, letter: str) -> None:
        """Send one of the commands of echo_main.c."""
        self.port.write(ESCAPE + letter.encode())

    def ask(self, letter: str) -> dict[str, int]:
        """Send a command that answers with `name=number ...`."""
        self.command(letter)
        return {name: int(value) for name, value in (word.split("=") for word in self.line().split())}

    def close(self) -> None:
        """Close the port and stop the emulator."""
        self.port.close()
        self.emulator.stop()
