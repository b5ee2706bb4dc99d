"""How much the tensor observer of a firmware may keep in RAM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_toolkit.boards import Board
from mcu_toolkit.model import Model, Tensor

RECORD_BYTES = 16
"""`record` of common/src/layers.c."""
_OTHER_BYTES = 2048
"""Variables of the firmware beside arena, stack and link buffers: under 1 KB on every emulated board, the runtime's own included."""
_LEAST_BYTES = 64
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class ObserverSizes:
    """Room for one inference's records, and for a part of one tensor."""

    records: int
    capture_bytes: int


def observer_sizes(models: Sequence[Model], board: Board, arena_bytes: int) -> ObserverSizes:
    """One record for each input and each operator's output of the largest model; the capture takes half of the RAM that is left,
    at most what the largest tensor has.  A capture that is smaller than a tensor is fetched by several inferences.
    """
    records = max(len(model.inputs) + sum(len(op.outputs) for op in model.main.ops) for model in models)
    largest_bytes = max(_size_bytes(tensor) for model in models for tensor in model.main.tensors if not tensor.is_constant)
    link_bytes = (board.link.window_frames + 1) * (board.link.max_payload_bytes + 32)
    taken_bytes = arena_bytes + board.stack_bytes + link_bytes + records * RECORD_BYTES + _OTHER_BYTES
    left_bytes = (board.ram.length_bytes - taken_bytes) // 2
    return ObserverSizes(records, min(max(_LEAST_BYTES, min(left_bytes, largest_bytes)), _MOST_BYTES))


def _size_bytes(tensor: Tensor) -> int:
    try:
        return tensor.size_bytes
    except KeyError:  # a handle has no bytes
        return 0
