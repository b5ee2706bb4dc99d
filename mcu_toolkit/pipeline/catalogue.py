"""`mcu boards`, `mcu runtimes`: what there is to choose from."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from mcu_toolkit.boards import Board, all_boards, load_board
from mcu_toolkit.device import running_emulators
from mcu_toolkit.errors import InputError
from mcu_toolkit.pipeline.step import StepResult
from mcu_toolkit.runtimes import all_runtimes
from mcu_toolkit.units import format_bytes


def list_boards(word: str = "") -> StepResult:
    """The boards that have `word` in id, name, vendor, part or core, in any case; raises InputError if there are none."""
    boards = all_boards()
    found = [board for board in boards if word.lower() in _searched(board)]
    if not found:
        raise InputError(f"no board has '{word}' in its id, name, vendor, part or core", hint="mcu boards lists all of them")
    lines = [f"{'id':18} {'part':14} {'core':13} {'flash':>10} {'RAM':>10}  {'kind':8}  runtime"]
    lines += [_board_line(board) for board in found]
    return StepResult("boards", tuple(lines), {"boards": [_summary(board) for board in found]})


def show_board(board_id: str) -> StepResult:
    """Everything that the board's file says."""
    board = load_board(board_id)
    facts = dataclasses.asdict(board)
    return StepResult("boards", tuple(_pairs(facts)), {"board": facts})


def stop_boards(board_id: str | None) -> StepResult:
    """Stop the emulator of one board, or of all that run; raises UnknownNameError for a board that neither runs nor exists."""
    running = {emulator.board_id: emulator for emulator in running_emulators()}  # boards of the user's own are among them
    if board_id is not None and board_id not in running:
        board_id = load_board(board_id).id
    stopped = sorted(running if board_id is None else {board_id} & set(running))
    for name in stopped:
        running[name].stop()
    lines = tuple(f"stopped: {name}" for name in stopped) or ("no emulated board is running",)
    return StepResult("boards", lines, {"stopped": stopped})


def list_runtimes() -> StepResult:
    """The runtimes."""
    runtimes = all_runtimes()
    lines = tuple(f"{runtime.name:8} {runtime.summary}" for runtime in runtimes)
    return StepResult("runtimes", lines, {"runtimes": [{"name": runtime.name, "summary": runtime.summary} for runtime in runtimes]})


def _searched(board: Board) -> str:
    return " ".join((board.id, board.name, board.vendor, board.mcu, board.core)).lower()


def _board_line(board: Board) -> str:
    flash, ram = format_bytes(board.flash.length_bytes), format_bytes(board.ram.length_bytes)
    return f"{board.id:18} {board.mcu:14} {board.core:13} {flash:>10} {ram:>10}  {_kind(board):8}  {board.default_runtime}"


def _kind(board: Board) -> str:
    if board.emulator is None:
        return "real"
    return "local" if board.emulator.kind == "process" else "emulated"


def _summary(board: Board) -> dict[str, Any]:
    return {
        "id": board.id,
        "name": board.name,
        "mcu": board.mcu,
        "core": board.core,
        "flash_bytes": board.flash.length_bytes,
        "ram_bytes": board.ram.length_bytes,
        "kind": _kind(board),
        "default_runtime": board.default_runtime,
    }


def _pairs(facts: dict[str, Any], prefix: str = "") -> Iterable[str]:
    for name, value in facts.items():
        if isinstance(value, dict):
            yield from _pairs(value, f"{prefix}{name}.")
        elif isinstance(value, (list, tuple)):
            for item in value:
                yield f"{prefix + name:24} {item if isinstance(item, str) else ' = '.join(map(str, item))}"
        elif value not in (None, ""):
            is_address = isinstance(value, int) and name in ("origin", "base_address")
            yield f"{prefix + name:24} {f'{value:#010x}' if is_address else value}"
