"""How large the arena must be: it is measured on the board; until then a generous size is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_toolkit.boards import Board
from mcu_toolkit.model import DType, Graph, Model, Op, Tensor

ALIGNMENT_BYTES = 16
MARGIN_BYTES = 256
"""Added to what was measured, then rounded up."""

LEAST_BYTES = 512
"""TFLM's allocator and planner live in the arena; libraries of 2026 stop in an assertion where not even they fit (seen with 64)."""
_RECORDS_BYTES = 4096
_RECORD_BYTES = 96
"""Upper bounds of TFLM's own records, in all and for each tensor and operator (measured: kws with 13 operators and 36 tensors
uses 1.5 KB beside its tensors)."""
_FIRMWARE_RAM_BYTES = 6 * 1024
"""What the firmware needs beside arena, stack and protocol buffers: the C library's data, TFLM's objects."""
_ARDUINO_RAM_SHARE = 0.5
"""Of the RAM of a board with an operating system or an Arduino core, which has buffers and heaps of its own."""


@dataclass(frozen=True)
class Arena:
    """The constant in the firmware."""

    reserved_bytes: int
    used_bytes: int | None = None
    """As measured on the board; None before that."""
    planning_bytes: int = 0
    """Needed beyond `used_bytes` while the library plans its memory: it does not count that, so it was found by trying."""


def measured(used_bytes: int, planning_bytes: int = 0) -> Arena:
    """The arena for a firmware whose models were seen to use `used_bytes` together, and `planning_bytes` more to get there."""
    return Arena(round_up(max(used_bytes + planning_bytes + MARGIN_BYTES, LEAST_BYTES)), used_bytes, planning_bytes)


def generous(models: Sequence[Model], board: Board) -> Arena:
    """An arena that is large enough for any kernel's scratch where the board has the RAM, else all the RAM there is to give."""
    wanted = sum(_records_bytes(model) for model in models) + max(_tensors_bytes(model) for model in models)
    return Arena(round_up(max(lower_bound_bytes(models), min(wanted, _available_bytes(board)))))


def lower_bound_bytes(models: Sequence[Model]) -> int:
    """What no planning can avoid: the inputs and outputs of the largest operator at the same time."""
    return max(
        (sum(_activation_bytes(graph, op)) for model in models for graph in model.graphs for op in graph.ops),
        default=0,
    )


def _available_bytes(board: Board) -> int:
    if board.platformio.framework:
        return int(board.ram.length_bytes * _ARDUINO_RAM_SHARE) - board.stack_bytes
    link_bytes = (board.link.window_frames + 1) * (board.link.max_payload_bytes + 16)
    return board.ram.length_bytes - board.stack_bytes - link_bytes - _FIRMWARE_RAM_BYTES


def _activation_bytes(graph: Graph, op: Op) -> list[int]:
    indices = {index for index in (*op.inputs, *op.outputs) if index >= 0 and not graph.tensors[index].is_constant}
    return [tensor_bytes(graph.tensors[index]) for index in indices]


def tensor_bytes(tensor: Tensor) -> int:
    """The size in the arena; 0 for handles, which have no data."""
    try:
        return tensor.size_bytes
    except KeyError:
        return tensor.elements if tensor.dtype in {DType.INT4, DType.UINT4, DType.INT2} else 0


def _tensors_bytes(model: Model) -> int:
    """All activations at once would be too much; twice the largest neighbours covers every plan and every kernel's scratch
    seen so far, and variables and per-channel parameters stay for good."""
    variables = sum(tensor_bytes(t) for graph in model.graphs for t in graph.tensors if t.is_variable)
    channels = sum(t.shape[0] for graph in model.graphs for t in graph.tensors if t.is_constant and t.dtype == DType.INT32 and t.shape)
    return 2 * lower_bound_bytes([model]) + 2 * _longest_life_bytes(model) + variables + 12 * channels + 16 * 1024


def _longest_life_bytes(model: Model) -> int:
    """Tensors that skip over operators (residual connections) add to the neighbours of those."""
    graph = model.main
    last_use = {index: op.index for op in graph.ops for index in op.inputs}
    made = {index: op.index for op in graph.ops for index in op.outputs}
    return sum(tensor_bytes(graph.tensors[i]) for i, first in made.items() if last_use.get(i, first) > first + 1)


def _records_bytes(model: Model) -> int:
    return _RECORDS_BYTES + _RECORD_BYTES * sum(len(graph.tensors) + len(graph.ops) for graph in model.graphs)


def round_up(size_bytes: int) -> int:
    """The next multiple of ALIGNMENT_BYTES."""
    return -(-size_bytes // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
