"""Slices whose start may be computed while the model runs: what SLICE and DYNAMIC_UPDATE_SLICE have in common."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mcu_toolkit.model import DType, Tensor
from mcu_toolkit.runtimes.aot.ir.operator import LayerRecord
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import LOOPS, Copy, braces, copy_kernel, record_text


@dataclass(frozen=True)
class Start:
    """A region that moves inside a tensor: how far it can, and the copy that is done at position 0."""

    last: tuple[int, ...]
    """The largest position along each dimension."""
    steps: tuple[int, ...]
    """Elements of that tensor from one position to the next."""
    copy: Copy

    def record(self, element_bytes: int) -> LayerRecord:
        """The C struct `aot_start`."""
        padding = (0,) * (LOOPS - len(self.last))
        return LayerRecord(
            "aot_start",
            (
                ("last", braces((*self.last, *padding))),
                ("step", braces((*(step * element_bytes for step in self.steps), *padding))),
                ("copy", record_text(self.copy.simplified(), element_bytes)),
            ),
        )

    def kernel(self, element_bytes: int, *, aligned_bytes: int) -> str:
        """The copy's C function, which must do wherever the region starts; `aligned_bytes`: what the tensors are aligned to."""
        return copy_kernel(self.copy.simplified(), element_bytes, min(aligned_bytes, math.gcd(8, *self.steps) * element_bytes))


def offset_call(position: Tensor, pointer: str) -> str:
    """A C expression: bytes from position 0 to where `position` says; `pointer` points to that tensor."""
    suffix = "int64" if position.dtype is DType.INT64 else "int32"
    return f"aot_start_{suffix}(&${{layer}}, {pointer}, {position.elements})"
