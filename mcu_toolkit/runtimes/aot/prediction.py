"""What firmware with compiled models will take: flash, RAM, stack and cycles, without running a compiler."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Sequence

from mcu_toolkit.artifacts.code_parts import CodeParts, together
from mcu_toolkit.boards import Board
from mcu_toolkit.model import ByContent, Model
from mcu_toolkit.runtimes.aot.compiler import CompiledModel, SharedCompilation
from mcu_toolkit.runtimes.aot.emit.code_parts import code_parts
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.size_table import BoardBase, SizeTable, board_bases, code_size, is_own_table, size_table
from mcu_toolkit.runtimes.aot.work import cycle_notes, estimated_cycles
from mcu_toolkit.runtimes.base import Optimize, Prediction

_LEAST_FLASH_ERROR_BYTES = 1536
_FLASH_ERROR = 0.03
_UNSEEN_SUMS = 1.5
"""Sums of kernels in other models may be further off than those of the images that the table was solved for."""
_LEAST_STACK_ERROR_BYTES = 256
_STACK_ERROR = 0.35
"""More than what predictions are usually off by (docs/how-to/fit.md): what is reserved must hold the worst of those seen."""
_OTHER_CORE = 0.35
"""Of the code, more, where the figures are of another core: Xtensa, RISC-V and Thumb code differ by less (docs/performance.md)."""
_LEVEL_GROWTH = {"balanced": 0.0, "ram": 0.0, "size": 0.0, "speed": 0.75}
"""By which the code grows at most: -Os is smaller than -O2, -O3 took up to 67 % more (docs/performance.md, --optimize)."""
_VECTOR_FRAME_BYTES = 72
"""What an interrupt stacks more while vector registers are in use: 104 bytes instead of 32 (Armv8-M ARM, B3.19)."""
_LINK_FRAME_BYTES = 16
_CACHED, _CACHED_MODELS = 64, 4


def predict(models: Sequence[Model], board: Board, target: Target, optimize: Optimize) -> Prediction:
    """The firmware with `models`, kernels in it once, over one arena.

    Raises UnsupportedModelError where a model cannot be compiled, KeyError for a core without figures.
    """
    found = [_compiled(ByContent(model), target.of_the_same_code()) for model in models]
    compiled = [one.compiled for one in found]
    table, base = size_table(board.core), _base(board)
    parts = together([one.parts for one in found])
    size = code_size(parts, table)
    code_bytes = base.flash_bytes + size.flash_bytes - parts.constants_bytes
    growth = _LEVEL_GROWTH[optimize] + (0.0 if is_own_table(board.core) else _OTHER_CORE)
    flash_bytes = round(code_bytes * (1 + growth)) + parts.constants_bytes
    stack_bytes = base.stack_bytes + size.stack_bytes + vector_frame_bytes(target.instruction_set)
    least_error_bytes = max(_LEAST_FLASH_ERROR_BYTES, round(_UNSEEN_SUMS * table.largest_error_bytes))
    unknown_bytes = 0 if not size.unknown else _LEAST_FLASH_ERROR_BYTES * math.ceil(len(size.unknown) / 2)
    return Prediction(
        flash_bytes=flash_bytes,
        flash_error_bytes=max(least_error_bytes, round(_FLASH_ERROR * flash_bytes)) + unknown_bytes,
        ram_bytes=base.ram_bytes + parts.arena_bytes + parts.state_bytes,
        ram_error_bytes=64,  # start-up clears 64 bytes at a time, so .bss is rounded up
        arena_bytes=parts.arena_bytes,
        stack_bytes=stack_bytes,
        stack_error_bytes=max(_LEAST_STACK_ERROR_BYTES, round(_STACK_ERROR * stack_bytes)),
        weights_bytes=parts.constants_bytes,
        cycles=_cycles(compiled, board),
        heaviest_layer=_heaviest(compiled),
        crowded_layer=_crowded(compiled),
        notes=(*_notes(board, table, optimize, size.unknown), *_stepped_down(compiled)),
    )


def vector_frame_bytes(instruction_set: str) -> int:
    """What an interrupt takes of the stack on top of what every board was measured with, where kernels use vector registers.

    High-water marks have it where the interrupt came in the deepest layer: on the emulated M55 two of six models, by 80 and 88 bytes.
    """
    return _VECTOR_FRAME_BYTES if instruction_set == "mve" else 0


def _cycles(compiled: Sequence[CompiledModel], board: Board) -> tuple[int, int] | None:
    """Of one inference of each."""
    found = [estimated_cycles(one, board) for one in compiled]
    known = [one for one in found if one is not None]
    return (sum(least for least, _ in known), sum(most for _, most in known)) if len(known) == len(found) else None


def _layers(compiled: Sequence[CompiledModel]) -> Iterator[tuple[CompiledModel, int, str]]:
    """Each step with its number in its model, and what a user calls it."""
    for one in compiled:
        of = f" of {one.model.name}" if len(compiled) > 1 else ""
        yield from ((one, number, f"layer {step.op.index} {step.op.name}{of}") for number, step in enumerate(one.steps))


def _stepped_down(compiled: Sequence[CompiledModel]) -> Iterator[str]:
    """Which layers have a slower kernel."""
    for one in compiled:
        of = f"{one.model.name}, " if len(compiled) > 1 else ""
        yield from (f"{of}{layer}, for memory" for layer in one.stepped_down)


def _heaviest(compiled: Sequence[CompiledModel]) -> str:
    weights = [(sum(constant.array.nbytes for constant in one.steps[at].constants), name) for one, at, name in _layers(compiled)]
    largest, name = max(weights, key=lambda one: one[0], default=(0, ""))
    return f"{name}, {largest:,} of {sum(size for size, _ in weights):,} bytes of constants" if largest else ""


def _crowded(compiled: Sequence[CompiledModel]) -> str:
    found = [(one.plan.bytes_in(at), name) for one, at, name in _layers(compiled)]
    most, name = max(found, key=lambda one: one[0], default=(0, ""))
    return f"{name}, {most:,} bytes at once" if name else ""


def _notes(board: Board, table: SizeTable, optimize: Optimize, unknown: tuple[str, ...]) -> list[str]:
    notes = [] if is_own_table(board.core) else [f"code size is a bound: taken from {table.core}, a third added"]
    notes += cycle_notes(board.core)
    if _LEVEL_GROWTH[optimize]:
        notes.append(f"code size is a bound: --optimize {optimize} was not measured for each kernel")
    if unknown:
        names = ", ".join(name.split()[-1] for name in unknown[:3]) + (" ..." if len(unknown) > 3 else "")
        notes.append(f"code size is a bound: the largest kernel of the same kind is taken for {names}")
    return notes


class _Found:
    def __init__(self, compiled: CompiledModel) -> None:
        self.compiled = compiled
        self.parts: CodeParts = code_parts(compiled)


@functools.lru_cache(maxsize=_CACHED)
def _compiled(key: ByContent, target: Target) -> _Found:
    """Boards of one target share it, and those of all targets with the same code."""
    return _Found(_compilation(key).compiled(target))


@functools.lru_cache(maxsize=_CACHED_MODELS)
def _compilation(key: ByContent) -> SharedCompilation:
    """The few models of one command."""
    return SharedCompilation(key.model)


def _base(board: Board) -> BoardBase:
    """Of the board; for one that was not measured the largest of all, with buffers of its own size."""
    bases = board_bases()
    if board.id in bases and not board.platformio.framework:
        return bases[board.id]
    return BoardBase(
        flash_bytes=max(base.flash_bytes for base in bases.values()),
        ram_bytes=board_ram_bytes(bases.values()) + link_bytes(board),
        link_bytes=link_bytes(board),
        stack_bytes=max(base.stack_bytes for base in bases.values()),
    )


def board_ram_bytes(bases: Iterable[BoardBase]) -> int:
    """The most that firmware takes beside the buffers of its link."""
    return max(base.ram_bytes - base.link_bytes for base in bases)


def link_bytes(board: Board) -> int:
    """The protocol's buffers (command_loop.h): a frame for receiving, and the stored replies."""
    return (board.link.window_frames + 1) * (board.link.max_payload_bytes + _LINK_FRAME_BYTES)
