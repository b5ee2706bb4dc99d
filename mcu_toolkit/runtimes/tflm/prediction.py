"""What firmware with TensorFlow Lite Micro will take: from images that were linked, of the library that will be used where it was measured.

Flash is the sum of what `library_sizes.py` lists.  RAM and stack: docs/how-to/tflm.md and docs/performance.md, measured on a Cortex-M4
with gcc 12.2 -O2.  Another core is some per cent away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mcu_toolkit.boards import Board
from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import Model
from mcu_toolkit.runtimes.base import Prediction
from mcu_toolkit.runtimes.tflm.arena import MARGIN_BYTES, round_up
from mcu_toolkit.runtimes.tflm.arena_plan import arena_estimate
from mcu_toolkit.runtimes.tflm.library import Library
from mcu_toolkit.runtimes.tflm.library_sizes import Row, operator_key, row_of, unmeasured_bytes
from mcu_toolkit.runtimes.tflm.resolver import registrations

_LEAST_ERROR_BYTES, _ERROR = 4_096, 0.10
_OTHER_ERROR = 0.25
"""Of the flash, where no figures of the library are there: with TFLM of 2026-08 kws takes 16 % more than with both measured ones
(docs/how-to/tflm.md, with the observer)."""
_STACK_BYTES, _CONVOLUTION_STACK_BYTES = 710, 1_100
_ARENA_ERROR = 0.2
"""Twice what arenas of public models were off by (arena_plan.py)."""
_REFUSED_CORES = {"cortex-m55": "GCC 12's assembler refuses an instruction of the library's CMSIS-NN kernels for Cortex-M55"}
"""Tried with the library of docs/how-to/tflm.md."""


def predict(models: Sequence[Model], board: Board, library: Library) -> Prediction:
    """The firmware with `models`; raises UnsupportedModelError for a core that the library cannot be compiled for."""
    _refuse_core(board)
    row = row_of(library, board.core)
    operators = {operator_key(one.operator, int8_only=bool(one.argument)) for one in registrations(models, library.facts)}
    guessed_bytes, guessed = unmeasured_bytes(row.sizes, operators)
    contents_bytes = sum(len(model.content) for model in models)
    flash_bytes = row.sizes.firmware_bytes + row.sizes.kernel_bytes(operators) + guessed_bytes + contents_bytes
    error_bytes = max(_LEAST_ERROR_BYTES, round((_ERROR if row.is_own else _OTHER_ERROR) * flash_bytes))
    arena_bytes = round_up(max(arena_estimate([model.main for model in models]) + MARGIN_BYTES, 1_248))
    link_bytes = (board.link.window_frames + 1) * (board.link.max_payload_bytes + 16)
    has_windows = any(name.startswith(("CONV_2D", "DEPTHWISE_CONV_2D")) for name in operators)
    stack_bytes = _CONVOLUTION_STACK_BYTES if has_windows else _STACK_BYTES
    return Prediction(
        flash_bytes=flash_bytes,
        flash_error_bytes=error_bytes + guessed_bytes,
        ram_bytes=arena_bytes + row.sizes.ram_bytes + link_bytes,
        ram_error_bytes=round(_ARENA_ERROR * arena_bytes) + 1_024,
        arena_bytes=arena_bytes,
        stack_bytes=stack_bytes,
        stack_error_bytes=max(256, stack_bytes // 4),
        weights_bytes=contents_bytes,
        cycles=None,
        notes=tuple(_notes(row, library, board, guessed)),
    )


def _refuse_core(board: Board) -> None:
    compiler = board.core_facts.compiler
    if board.platformio.framework or compiler is None or board.core_facts.is_host:
        return  # a vendor's framework brings its own
    if not compiler.cpp_packages:
        raise UnsupportedModelError(f"the library needs the C++ standard library, and Debian has none for {board.core}", on=board.id)
    if board.core in _REFUSED_CORES:
        raise UnsupportedModelError(_REFUSED_CORES[board.core], on=board.id)


def _notes(row: Row, library: Library, board: Board, guessed: Sequence[str]) -> Iterator[str]:
    sizes = row.sizes
    core = "" if board.core == sizes.core else f", on a {sizes.core}"
    yield f"interpreter: code of {sizes.called} as measured on {sizes.measured}{core}; its arena shows on the board"
    if not row.is_own:
        yield f"code of {library.called} was not measured: its flash may be a quarter off"
    if guessed:
        more = f" and {len(guessed) - 4} more" if len(guessed) > 4 else ""
        yield f"kernels that were not measured in it: {', '.join(guessed[:4])}{more}"
