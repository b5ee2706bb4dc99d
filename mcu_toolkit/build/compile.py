"""`pio run`: a project to an image, and its failures in the user's words."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from mcu_toolkit.artifacts import FirmwareImage, FirmwareProject
from mcu_toolkit.boards import Board
from mcu_toolkit.build.compilers import require_compiler, require_cpp_library
from mcu_toolkit.build.footprint import read_footprint
from mcu_toolkit.build.libraries import require_libraries
from mcu_toolkit.build.model_arrays import check_constants, check_model_arrays
from mcu_toolkit.build.pio import LOG_NAME, run_pio
from mcu_toolkit.errors import McuError, NotSatisfiedError, ToolError
from mcu_toolkit.runtimes import traits_of
from mcu_toolkit.system.files import read_bytes, sha256_hex
from mcu_toolkit.system.process import Completed
from mcu_toolkit.units import format_bytes

# GNU ld; LLD, with a line for each section that is beyond the end, the last of which counts; and PlatformIO's own check after linking.
_OVERFLOW = re.compile(r"region `(?P<memory>\w+)' overflowed by (?P<excess>\d+) bytes")
_OVERFLOW_LLD = re.compile(r"will not fit in region '(?P<memory>\w+)': overflowed by (?P<excess>\d+) bytes")
_TOO_BIG = re.compile(r"The (?P<what>program|data) size \((?P<size>\d+) bytes\) is greater than maximum allowed \((?P<room>\d+) bytes\)")


def build_project(project: FirmwareProject, board: Board, *, on_line: Callable[[str], None] | None = None) -> FirmwareImage:
    """Compile and link `project` for `board`; `on_line` sees each line of PlatformIO's output as it comes.

    Raises ToolError (compiler or its library missing or out of reach, compile error: with the end of the output and the path of all
    of it; a library out of reach; a model that is not in flash) or NotSatisfiedError (the image is larger than the
    board's memory, with both numbers).
    """
    require_compiler(board)
    if traits_of(project.runtime).needs_cpp_library:
        require_cpp_library(board)
    require_libraries(project)
    completed = run_pio(project.folder, [], on_line=on_line)
    # Of too much data PlatformIO only warns (where no linker script limits it).
    if completed.exit_code != 0 or _TOO_BIG.search(completed.output):
        raise build_failure(completed, project, board)
    elf = elf_path(project)
    check_linked(project, board)
    return FirmwareImage(elf, sha256_hex(read_bytes(elf, kind="image")), read_footprint(elf))


def check_linked(project: FirmwareProject, board: Board) -> None:
    """Raise ToolError where a model (the array that is interpreted in place, or the constants of compiled code) came to lie in RAM."""
    if traits_of(project.runtime).keeps_model:
        check_model_arrays(elf_path(project), board, len(project.model_names))
    else:
        check_constants(elf_path(project), board)


def elf_path(project: FirmwareProject) -> Path:
    """Where PlatformIO puts the image of `project`; it need not exist."""
    return project.folder / ".pio" / "build" / project.board_id / "firmware.elf"


def build_failure(completed: Completed, project: FirmwareProject, board: Board) -> McuError:
    """The error to raise for a run of PlatformIO that failed while compiling or linking."""
    last_of_memory = {match["memory"]: match for match in _OVERFLOW_LLD.finditer(completed.output)}
    overflows = [*_OVERFLOW.finditer(completed.output), *last_of_memory.values()]
    problems = [_overflow_text(match, board) for match in overflows]
    problems += [_too_big_text(match) for match in _TOO_BIG.finditer(completed.output)]
    if problems:
        return NotSatisfiedError(
            f"the firmware does not fit: {'; '.join(dict.fromkeys(problems))}",
            on=board.id,
            expected=f"at most {format_bytes(board.flash.length_bytes)} of flash, {format_bytes(board.ram.length_bytes)} of RAM",
            hint="a board with more memory, or a smaller model",
        )
    return ToolError(
        f"PlatformIO could not build the firmware; its last lines:\n{completed.tail()}",
        on=project.folder,
        hint=f"the whole output is in {project.folder / LOG_NAME}",
    )


def _overflow_text(match: re.Match[str], board: Board) -> str:
    excess = int(match["excess"])
    room = board.flash.length_bytes if match["memory"] == "FLASH" else board.ram.length_bytes
    return f"{match['memory']} needs {room + excess:,} bytes, the board has {room:,} ({excess:,} too many)"


def _too_big_text(match: re.Match[str]) -> str:
    memory = "FLASH" if match["what"] == "program" else "RAM"
    size, room = int(match["size"]), int(match["room"])
    return f"{memory} needs {size:,} bytes, the board has {room:,} ({size - room:,} too many)"
