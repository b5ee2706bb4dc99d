"""`mcu boards`, `mcu runtimes`: the boards and runtimes to choose from."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mcu_toolkit.boards import Board, all_boards, custom_board_file, load_board
from mcu_toolkit.boards.load import load_board_file
from mcu_toolkit.boards.trust import own_programs, trust_file
from mcu_toolkit.device import running_emulators
from mcu_toolkit.errors import InputError, ToolError, UnknownNameError
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.inspection.fit import boards_that_fit
from mcu_toolkit.pipeline.inspection.room import CORE_ON_TOP, has_foreign_core
from mcu_toolkit.pipeline.workspace.locks import emulated_board_in_use
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.runtimes import all_runtimes
from mcu_toolkit.units import format_bytes

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True)
class BoardSummary:
    """A line of `mcu boards`."""

    id: str
    name: str
    mcu: str
    core: str
    flash_bytes: int
    ram_bytes: int
    kind: str
    """`real`, `emulated`, `local`."""
    default_runtime: str


@dataclass(frozen=True)
class RuntimeSummary:
    """A line of `mcu runtimes`."""

    name: str
    summary: str


@dataclass(frozen=True)
class BoardList:
    """What `mcu boards` lists."""

    boards: tuple[BoardSummary, ...]


@dataclass(frozen=True)
class ShownBoard:
    """What `mcu boards show` shows."""

    board: Board


@dataclass(frozen=True)
class StoppedBoards:
    """What `mcu boards stop` stopped, by id."""

    stopped: tuple[str, ...]


@dataclass(frozen=True)
class RuntimeList:
    """What `mcu runtimes` lists."""

    runtimes: tuple[RuntimeSummary, ...]


@dataclass(frozen=True)
class TrustResult:
    """A board file that was trusted."""

    board: str
    file: Path
    sha256: str
    programs: Mapping[str, str]
    """What it may run, by key."""


def list_boards(word: str = "") -> StepResult[BoardList]:
    """The boards that have `word` in id, name, vendor, part or core, in any case; raises InputError if there are none."""
    boards = all_boards()
    found = [board for board in boards if word.lower() in _searched(board)]
    if not found:
        raise InputError(f"no board has '{word}' in its id, name, vendor, part or core", hint="mcu boards lists all of them")
    lines = [f"{'id':18} {'part':14} {'core':13} {'flash':>10} {'RAM':>10}  kind"]
    lines += [_board_line(board) for board in found]
    for runtime in sorted({board.default_runtime for board in found}):
        of = [board.id for board in found if board.default_runtime == runtime]
        lines.append(f"default runtime: {runtime}" + ("" if len(of) == len(found) else f" of {', '.join(of)}"))
    return StepResult("boards", tuple(lines), BoardList(tuple(map(_summary, found))))


def chosen_boards(names: Sequence[str], family: str | None, *, every: bool) -> tuple[Board, ...]:
    """The boards that are named, by id or file, and those of families (`stm32,esp32`); all that are shipped where nothing is named.

    This machine is none of them unless it is named.  Raises UnknownNameError for a board or family that there is not.
    """
    found = [load_board(name) for name in names]
    shipped = [board for board in all_boards() if not board.core_facts.is_host]
    for word in (family or "").split(",") if family is not None else ():
        of = [board for board in shipped if word.strip() and board.mcu.lower().startswith(word.strip().lower())]
        if not of:
            raise UnknownNameError(
                "family", word.strip(), {board.mcu for board in shipped}, hint="the beginning of a part's name; mcu boards"
            )
        found += of
    found += shipped if every or (not names and family is None) else []
    return tuple({board.id: board for board in found}.values())


def boards_that_take(model: Model) -> StepResult[BoardList]:
    """The boards that firmware with `model` fits with their default runtime, as `mcu fit` decides it."""
    boards = [board for board in all_boards() if not board.core_facts.is_host]
    found = boards_that_fit(model, boards)
    header = f"{'id':18} {'part':14} {'core':13} {'flash':>10} {'RAM':>10}  kind"
    lines = [header, *(_board_line(board) + (" + core" if has_foreign_core(board) else "") for board in found)]
    lines.append(f"{len(found)} of {len(boards)} boards fit {model.name}; mcu fit says what it takes there, and why it does not fit others")
    if any(map(has_foreign_core, found)):
        lines.append(f"{CORE_ON_TOP} (mcu fit -b BOARD says)")
    return StepResult("boards", tuple(lines), BoardList(tuple(map(_summary, found))), verdict="pass" if found else "fail")


def show_board(board_id: str) -> StepResult[ShownBoard]:
    """Everything that the board's file says."""
    own = custom_board_file(board_id)
    board = load_board(board_id) if own is None else load_board_file(own)  # to be read before it is trusted
    return StepResult("boards", tuple(_pairs(board)), ShownBoard(board))


def stop_boards(board_id: str | None, *, force: bool = False) -> StepResult[StoppedBoards]:
    """Stop the emulator of one board, or of all that run, also (`force`) where another command is using it.

    Raises UnknownNameError for a board that neither runs nor exists, ToolError for one that is in use: none is stopped then.
    """
    running = {emulator.board_id: emulator for emulator in running_emulators()}  # custom boards are among them
    if board_id is not None and board_id not in running:
        board_id = load_board(board_id).id
    stopped = sorted(running if board_id is None else {board_id} & set(running))
    with contextlib.ExitStack() as held:
        for name in () if force else stopped:
            held.enter_context(_unused(name))
        for name in stopped:
            running[name].stop()
    lines = tuple(f"stopped: {name}" for name in stopped) or ("no emulated board is running",)
    return StepResult("boards", lines, StoppedBoards(tuple(stopped)))


@contextlib.contextmanager
def _unused(board_id: str) -> Iterator[None]:
    try:
        with emulated_board_in_use(board_id):
            yield
    except ToolError as error:
        error.hint = f"wait for that command to end; or mcu boards stop {board_id} --force, which interrupts it"
        raise


def trust_board(path: Path) -> StepResult[TrustResult]:
    """Let a custom board file run what it names, as long as it stays as it is."""
    board = load_board_file(path)
    programs = tuple(own_programs(board))
    digest = trust_file(path)
    lines = (f"trusted: {path}, SHA-256 {digest[:16]}...", *(f"  {key} = {value!r}" for key, value in programs))
    if not programs:
        lines = (*lines, "  it brings no programs and needs no trust")
    return StepResult("boards", lines, TrustResult(board.id, path, digest, dict(programs)))


def list_runtimes() -> StepResult[RuntimeList]:
    """The runtimes."""
    runtimes = all_runtimes()
    lines = tuple(f"{runtime.name:8} {runtime.summary}" for runtime in runtimes)
    return StepResult("runtimes", lines, RuntimeList(tuple(RuntimeSummary(runtime.name, runtime.summary) for runtime in runtimes)))


def _searched(board: Board) -> str:
    return " ".join((board.id, board.name, board.vendor, board.mcu, board.core)).lower()


def _board_line(board: Board) -> str:
    flash, ram = format_bytes(board.flash.length_bytes), format_bytes(board.ram.length_bytes)
    return f"{board.id:18} {board.mcu:14} {board.core:13} {flash:>10} {ram:>10}  {kind_of_board(board)}"


def kind_of_board(board: Board) -> Literal["real", "emulated", "local"]:
    """What stands behind the board's port: hardware, an emulator, or a program of this machine."""
    if board.emulator is None:
        return "real"
    return "local" if board.emulator.facts.runs_on_host else "emulated"


def _summary(board: Board) -> BoardSummary:
    return BoardSummary(
        id=board.id,
        name=board.name,
        mcu=board.mcu,
        core=board.core,
        flash_bytes=board.flash.length_bytes,
        ram_bytes=board.ram.length_bytes,
        kind=kind_of_board(board),
        default_runtime=board.default_runtime,
    )


def _pairs(record: DataclassInstance, prefix: str = "") -> Iterable[str]:
    """A line for each value in `record` and the records in it, with its path."""
    for field in dataclasses.fields(record):
        name, value = field.name, getattr(record, field.name)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            yield from _pairs(value, f"{prefix}{name}.")
        elif isinstance(value, (list, tuple)):
            for item in value:
                yield f"{prefix + name:24} {item if isinstance(item, str) else ' = '.join(map(str, item))}"
        elif value not in (None, ""):
            is_address = isinstance(value, int) and name in ("origin", "base_address")
            yield f"{prefix + name:24} {f'{value:#010x}' if is_address else value}"
