"""Which board files are accepted: those that name no programs to run, and those that the user has trusted once.

A board file can name an emulator, words for its command line, a PlatformIO platform (which is a program), a library (which may
bring a build script) and any option of PlatformIO, some of which run commands.  What the shipped boards use is known;
anything else is the file's own, and such a file is refused until `mcu boards trust FILE` has written its hash down, as
editors do with workspaces.  A file that changes has to be trusted again; a copy that is equal need not be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from mcu_toolkit.boards.board import Board, Emulator, PlatformIO
from mcu_toolkit.boards.core_table import FAMILIES
from mcu_toolkit.errors import InputError
from mcu_toolkit.system.files import read_bytes, sha256_hex, write_text
from mcu_toolkit.system.ownership import doubt_about
from mcu_toolkit.system.sinks import shell_command
from mcu_toolkit.system.user_folders import private_state, state_dir

_STORE = "trusted-boards"
_EMULATORS = frozenset(family.emulator for family in FAMILIES.values() if family.emulator)
_ARGUMENTS = frozenset({(), ("-bios", "none")})
_MACHINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""No comma: behind it are properties of the machine, some of which name files."""
_PIO_BOARD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_PLATFORMS = frozenset(
    {"mcu_toolkit", "atmelavr", "atmelmegaavr", "atmelsam", "espressif32", "espressif8266", "nordicnrf52", "raspberrypi", "renesas-ra",
     "ststm32", "teensy"}
)  # fmt: skip
"""PlatformIO's own platforms, by their name in its registry without an owner."""
_FORKS = frozenset({"https://github.com/maxgerhardt/platform-raspberrypi", "https://github.com/maxgerhardt/platform-nordicnrf52"})
_REGISTRY_NAME = re.compile(r"(?:platformio/)?(?P<name>[a-z0-9_-]+)(?:@[~^=<>!]{0,2}[0-9][0-9A-Za-z.+-]*)?")
_SECTION = re.compile(r"[A-Za-z0-9_.]*")
_FRAMEWORKS = frozenset({"", "arduino", "cmsis", "espidf", "mbed", "stm32cube", "zephyr"})
_LIBRARIES = frozenset({"", "spaziochirale/Chirale_TensorFLowLite@2.0.0"})
_OPTIONS = {
    "build_flags": re.compile(r"(?:\s*-[DU][A-Za-z_][A-Za-z0-9_]*(?:=[A-Za-z0-9_.+-]*)?)+\s*"),
    "build_unflags": re.compile(r"(?:\s*-[A-Za-z][A-Za-z0-9=.-]*)+\s*"),
    "platform_packages": re.compile(r"platformio/(?:toolchain|framework|tool)-[a-z0-9-]+@[~^]?[0-9][0-9.]*"),
    "custom_compiler": re.compile(r"gcc|clang"),
    "lib_ldf_mode": re.compile(r"off|chain|deep|chain\+|deep\+"),
    "monitor_speed": re.compile(r"[0-9]+"),
    "upload_speed": re.compile(r"[0-9]+"),
    "board_build.f_cpu": re.compile(r"[0-9]+L?"),
    "board_build.f_flash": re.compile(r"[0-9]+L?"),
    "board_build.flash_mode": re.compile(r"[a-z]+"),
    "board_build.mcu": re.compile(r"[a-z0-9]+"),
    "board_upload.flash_size": re.compile(r"[0-9]+[KM]B"),
    "board_upload.maximum_size": re.compile(r"[0-9]+"),
    "board_upload.maximum_ram_size": re.compile(r"[0-9]+"),
}
"""Options of PlatformIO that run nothing, with the values that do not either (`!command` in build_flags does)."""


def own_programs(board: Board) -> Iterator[tuple[str, str]]:
    """(key, value) of everything in `board` that is run, or decides what is run, and that no shipped board has."""
    if board.emulator is not None:
        yield from _of_emulator(board.emulator)
    yield from _of_platformio(board.platformio)
    if not _SECTION.fullmatch(board.constants_section):
        yield "constants_section", board.constants_section
    if board.tflm_library not in _LIBRARIES:
        yield "tflm_library", board.tflm_library


def _of_emulator(emulator: Emulator) -> Iterator[tuple[str, str]]:
    if emulator.program not in (_EMULATORS if emulator.facts.names_machine else {emulator.facts.program}):
        yield "emulator.program", emulator.program
    if emulator.facts.names_machine and not _MACHINE.fullmatch(emulator.machine):
        yield "emulator.machine", emulator.machine
    if emulator.extra_arguments not in _ARGUMENTS:
        yield "emulator.extra_arguments", " ".join(emulator.extra_arguments)


def _of_platformio(platformio: PlatformIO) -> Iterator[tuple[str, str]]:
    registered = _REGISTRY_NAME.fullmatch(platformio.platform)
    if platformio.platform not in _FORKS and (registered is None or registered["name"] not in _PLATFORMS):
        yield "platformio.platform", platformio.platform
    if not _PIO_BOARD.fullmatch(platformio.board):
        yield "platformio.board", platformio.board
    if platformio.framework not in _FRAMEWORKS:
        yield "platformio.framework", platformio.framework
    for name, value in platformio.options:
        if name not in _OPTIONS or not _OPTIONS[name].fullmatch(value):
            yield f"platformio.options.{name}", value


def require_trust(board: Board, path: Path, content: bytes) -> None:
    """Raise InputError, with all that would be run and the command that trusts it, unless the file `path` may be used.

    `content` is what `board` was read from.
    """
    programs = tuple(own_programs(board))
    if not programs or sha256_hex(content) in _trusted():
        return
    lines = "".join(f"\n    {key} = {value!r}" for key, value in programs)
    raise InputError(
        f"is not trusted yet, and decides what is run on this machine:{lines}",
        on=path,
        expected="a board file that brings no programs, options or scripts of its own, or that you have trusted as it is now",
        hint=f"read it, then: {shell_command('mcu', 'boards', 'trust', path)}",
    )


def trust_file(path: Path) -> str:
    """Write down that the board file `path` may be used as it is now; returns its hash."""
    digest = sha256_hex(read_bytes(path, kind="board file"))
    known = _trusted()
    if digest not in known:
        lines = [*sorted(known), digest]
        write_text(private_state() / _STORE, "".join(f"{line}\n" for line in lines))
    return digest


def _trusted() -> frozenset[str]:
    """The hashes of the files that were trusted; none where somebody else could have written them down."""
    store = state_dir() / _STORE
    if doubt_about(store.parent) is not None or doubt_about(store) is not None:
        return frozenset()
    try:
        return frozenset(store.read_text(encoding="ascii", errors="replace").split())
    except OSError:
        return frozenset()
