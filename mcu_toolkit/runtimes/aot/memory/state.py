"""State: memory of a model that keeps its content from one inference to the next, outside of the arena that models share.

It holds the model's variable tensors (SVDF, LSTM, CIRCULAR_BUFFER) and the slots that steps ask for (resource variables, counters).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import DType, Graph, Tensor
from mcu_toolkit.runtimes.aot.ir.operator import Step

_ALIGNMENT_BYTES = 8
"""Enough for every element type."""


@dataclass(frozen=True, eq=False)
class StateBlock:
    """One piece of state and what it holds after a reset: `values`, or every byte `fill`."""

    name: str
    offset_bytes: int
    size_bytes: int
    fill: int = 0
    values: npt.NDArray[Any] | None = None


@dataclass(frozen=True, eq=False)
class StatePlan:
    """Where everything lies; `size_bytes` is 0 for a model without state."""

    blocks: tuple[StateBlock, ...]
    tensors: dict[int, StateBlock]
    slots: dict[str, StateBlock]

    @property
    def size_bytes(self) -> int:
        """Bytes of the model's state."""
        last = self.blocks[-1] if self.blocks else None
        return 0 if last is None else last.offset_bytes + last.size_bytes


def is_state(tensor: Tensor) -> bool:
    """True for a variable tensor: it is neither made by an operator before it is read nor a constant."""
    return tensor.is_variable and tensor.data is None


def plan_state(graph: Graph, steps: Sequence[Step]) -> StatePlan:
    """Variable tensors that steps use or the model gives out, then slots, one after the other."""
    blocks: list[StateBlock] = []
    tensors: dict[int, StateBlock] = {}
    slots: dict[str, StateBlock] = {}

    def add(name: str, size_bytes: int, fill: int, values: npt.NDArray[Any] | None) -> StateBlock:
        end = blocks[-1].offset_bytes + blocks[-1].size_bytes if blocks else 0
        blocks.append(StateBlock(name, -(-end // _ALIGNMENT_BYTES) * _ALIGNMENT_BYTES, size_bytes, fill, values))
        return blocks[-1]

    used = [i for step in steps for i in (*step.inputs, *step.outputs) if i >= 0]
    for index in dict.fromkeys([*used, *graph.outputs]):
        tensor = graph.tensors[index]
        if is_state(tensor):
            tensors[index] = add(f"tensor {index} {tensor.name}", tensor.size_bytes, _first_byte(tensor), None)
    for key, values in _slots(steps).items():
        slots[key] = add(key, values.nbytes, 0, values if values.any() else None)
    return StatePlan(tuple(blocks), tensors, slots)


def _slots(steps: Sequence[Step]) -> dict[str, npt.NDArray[Any]]:
    """First values by key; zeros of the same size where no step that shares the slot knows better."""
    found: dict[str, npt.NDArray[Any]] = {}
    for slot in (slot for step in steps for slot in step.state):
        if slot.values is not None:
            found[slot.key] = slot.values
        else:
            found.setdefault(slot.key, np.zeros(slot.size_bytes, np.uint8))
        assert found[slot.key].nbytes == slot.size_bytes, f"two sizes of {slot.key}"
    return found


def _first_byte(tensor: Tensor) -> int:
    """What TFLM sets variable tensors to, byte by byte: the zero point of int8 tensors, else 0."""
    if tensor.dtype is DType.INT8 and tensor.quantization is not None:
        return tensor.quantization.zero_point % 256
    return 0
