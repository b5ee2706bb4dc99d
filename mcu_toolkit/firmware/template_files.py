"""The files of a project that follow from its board alone, of the folders in firmware_templates/: (path in the project, content)."""

from __future__ import annotations

from collections.abc import Iterator

from mcu_toolkit.boards import Board
from mcu_toolkit.firmware.render import render_text, template_exists
from mcu_toolkit.system.resources import pio_platform_dir, templates_dir

_CHIPS = "chips"
"""The folder of a platform with one folder for each chip that needs more than its drivers."""
_NODE_SCRIPT = ".mjs"
_BUILD_FILES = frozenset({".c", ".h", ".cc", ".cpp", ".py", ".json", ".ld"})


def platform_files(board: Board, context: object, *, own: bool) -> Iterator[tuple[str, bytes]]:
    """The port, the core's part of it, the board's linker script; `own`: and our development platform.  `context`: of templates."""
    port = _port(board)
    yield from port_sources(board)
    for template, target in ((f"{port}/board.json.j2", f"boards/{board.platformio.board}.json"), (f"{port}/linker.ld.j2", "linker.ld")):
        if template_exists(template):
            yield target, rendered_file(template, context)
    if own:
        yield from _own_platform_files(board)


def port_sources(board: Board) -> Iterator[tuple[str, bytes]]:
    """The port's C files: what every board has of it, the core's part, the chip's."""
    port = _port(board)
    yield from copied_sources(f"{port}/src", board)
    yield from copied_sources(f"{port}/{board.core_family}", board)
    yield from copied_sources(f"cores/{board.core_family}", board)
    if board.chip:
        yield from copied_sources(f"{port}/{_CHIPS}/{board.chip}", board)


def copied_sources(template_folder: str, board: Board) -> Iterator[tuple[str, bytes]]:
    """Every C file of a template folder, if there is one; of the drivers only the board's own."""
    if not (templates_dir() / template_folder).is_dir():
        return
    wanted_drivers = {f"uart_{board.serial.driver}", f"ticks_{board.ticks.driver}"}
    for path in sorted((templates_dir() / template_folder).iterdir()):
        is_driver = path.suffix != ".h" and path.stem.startswith(("uart_", "ticks_"))
        if path.suffix in _BUILD_FILES and (not is_driver or path.stem in wanted_drivers):
            yield f"src/{path.name}", path.read_bytes()


def has_own_main(board: Board) -> bool:
    """True where start-up code of the platform's framework has the main(), and calls something else of ours."""
    return (templates_dir() / _port(board) / "src" / "main.cpp").is_file()


def rendered_file(template: str, *contexts: object) -> bytes:
    """A template as the content of a file."""
    return render_text(template, *contexts).encode()


def _port(board: Board) -> str:
    return f"platforms/{board.firmware_platform}"


def _own_platform_files(board: Board) -> Iterator[tuple[str, bytes]]:
    """Scripts for Node only where the board's emulator is one of them."""
    root, in_node = pio_platform_dir(), board.emulator is not None and board.emulator.facts.package is not None
    suffixes = _BUILD_FILES | {_NODE_SCRIPT} if in_node else _BUILD_FILES
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix in suffixes and "__pycache__" not in path.parts:
            yield f"platform/{path.relative_to(root).as_posix()}", path.read_bytes()
