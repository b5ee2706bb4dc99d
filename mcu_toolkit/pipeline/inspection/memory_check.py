"""Does it fit the board?  Estimated before the build, measured after it."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_toolkit.artifacts import CompiledModelInfo, FirmwareImage
from mcu_toolkit.boards import Board
from mcu_toolkit.errors import NotSatisfiedError
from mcu_toolkit.model import Model
from mcu_toolkit.runtimes.base import Contribution
from mcu_toolkit.units import format_bytes

_HINT = "a board with more memory (mcu boards), or a smaller model"


def check_estimate(contribution: Contribution, models: Sequence[Model], board: Board) -> None:
    """Raise NotSatisfiedError if the weights or the arena alone are larger than the board's memory: no build can change that."""
    stored = [model.weights_bytes for model in contribution.info.models]
    weights = sum(stored) if len(stored) == len(models) else sum(len(model.content) for model in models)
    on = ", ".join(model.name for model in models)
    if weights > board.program_flash_bytes:
        raise NotSatisfiedError(
            f"the weights alone need {weights:,} bytes of flash ({format_bytes(weights)})",
            on=on,
            expected=f"at most {board.program_flash_bytes:,}, the flash of {board.id}",
            hint=_HINT,
        )
    needed = contribution.arena_bytes + board.stack_bytes
    if needed > board.ram.length_bytes:
        raise NotSatisfiedError(
            f"the arena of {contribution.arena_bytes:,} bytes and the stack of {board.stack_bytes:,} need {needed:,} bytes of RAM",
            on=on,
            expected=f"at most {board.ram.length_bytes:,}, the RAM of {board.id}",
            hint=_HINT,
        )


def check_image(image: FirmwareImage, board: Board) -> None:
    """Raise NotSatisfiedError with both numbers if the image is larger than the board's flash or RAM (stack included)."""
    size = image.footprint
    if size.flash_bytes > board.program_flash_bytes:
        raise NotSatisfiedError(
            f"the image needs {size.flash_bytes:,} bytes of flash",
            on=board.id,
            expected=f"at most {board.program_flash_bytes:,}",
            hint=_HINT,
        )
    needed = size.ram_bytes + board.stack_bytes
    if needed > board.ram.length_bytes and not board.core_facts.is_host:
        raise NotSatisfiedError(
            f"the image needs {needed:,} bytes of RAM, stack included",
            on=board.id,
            expected=f"at most {board.ram.length_bytes:,}",
            hint=_HINT,
        )


def size_line(image: FirmwareImage, board: Board) -> str:
    """Flash and RAM of an image against the board's, in one line."""
    size = image.footprint
    return (
        f"flash {format_bytes(size.flash_bytes)} of {format_bytes(board.program_flash_bytes)}, "
        f"RAM {format_bytes(size.ram_bytes)} of {format_bytes(board.ram.length_bytes)}"
    )


def memory_line(model: CompiledModelInfo) -> str:
    """`arena 11.1 KiB (lower bound 10.9 KiB), constants 30.2 KiB`, state where there is some, and by how much repacked weights grew."""
    arena = f"arena {format_bytes(model.arena_bytes)} (lower bound {format_bytes(model.arena_lower_bound_bytes)})"
    state = f", state {format_bytes(model.state_bytes)}" if model.state_bytes else ""
    return f"{arena}, constants {format_bytes(model.weights_bytes)}{_growth(model)}{state}"


def _growth(model: CompiledModelInfo) -> str:
    """` (weights +1.2 % against the model)`: what padding costs and what is left out saves; nothing where they are as they were."""
    stored, before = model.repacked_weights_bytes, model.weights_before_bytes
    return f" (weights {100 * (stored / before - 1):+.1f} % against the model)" if before and stored != before else ""
