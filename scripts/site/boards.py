"""The page of all boards, from boards/*.toml."""

from __future__ import annotations

from collections.abc import Iterator

from mcu_toolkit.boards import Board, all_boards
from mcu_toolkit.units import format_bytes
from scripts.site.markdown import code, prose, table


def page() -> str:
    """A table of all boards, then each with its facts and their sources."""
    boards = all_boards()
    introduction = (
        "# Boards\n\nMade from `boards/*.toml`; `mcu boards show ID` prints all that is known of one. "
        "A board of your own is one file like these ([how](../../boards/README.md)).\n"
    )
    rows = [_line(board) for board in boards]
    overview = table(("id", "board", "part", "core", "flash", "RAM", "kind"), rows)
    return "\n".join([introduction, overview, *(part for board in boards for part in _section(board))])


def _line(board: Board) -> tuple[str, ...]:
    name = f"[{code(board.id)}](#{board.id})"
    return name, prose(board.name), prose(board.mcu), _core(board), *_sizes(board), _kind(board)


def _section(board: Board) -> Iterator[str]:
    flash, ram = _sizes(board)
    yield f"## {board.id}\n"
    yield f"{prose(board.name)}, {prose(board.vendor)}: <{board.url}>\n"
    facts = [
        ("part, core", f"{prose(board.mcu)}, {_core(board)}, kernels for {code(board.instruction_set)}"),
        ("clock", f"{board.clock_hz / 1e6:g} MHz" if board.clock_hz else "that of this machine"),
        ("flash, RAM", f"{flash}, {ram}"),
        ("stack", format_bytes(board.stack_bytes)),
        ("serial port", f"{code(board.serial.driver)}, {board.serial.baud:,} baud"),
        ("time is counted in", board.ticks.unit),
        ("PlatformIO", code(f"{board.platformio.platform}, board {board.platformio.board}")),
        ("default runtime", code(board.default_runtime)),
    ]
    yield table(("fact", "value"), facts)
    if board.notes:
        yield prose(board.notes) + "\n"
    yield "Sources:\n"
    yield "\n".join(f"- {prose(source)}" for source in board.sources) + "\n"


def _core(board: Board) -> str:
    return prose(board.core)


def _sizes(board: Board) -> tuple[str, str]:
    return format_bytes(board.program_flash_bytes), format_bytes(board.ram.length_bytes)


def _kind(board: Board) -> str:
    if board.core_facts.is_host:
        return "this machine"
    return "emulated" if board.is_emulated else "real"
